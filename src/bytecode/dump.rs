//! Functions to bytes and back (`string.dump` and precompiled chunks), in a format of Ferrous's own.
//!
//! Everything is little endian. A dump is the signature, a version byte, and the main function. A function is: its
//! source (0: its parent's; 1: a string), `line_defined`, `last_line_defined` (32 bits each), `num_params`, the vararg
//! flags (bits 0 to 2), `max_stack_size`, `clean_registers` (a byte each), then with a 32-bit count each: the code, the lines, the
//! constants, the upvalues, the local variables. A string is a 32-bit length and its bytes.
//!
//! A dump is not trusted: memory is only taken in proportion to its length, and [`undump`] gives a function only after
//! [`verify`] accepted it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::verify::{MAX_DEPTH, VerifyError, verify};
use super::{Constant, Instruction, LocalVar, Proto, UpvalueDesc, VarargFlags};
use crate::host_stack::with_room;

/// The first bytes of a dump; the first one is what tells a dump from source text.
pub const SIGNATURE: &[u8] = b"\x1bFerrous";
/// The version of the format.
const VERSION: u8 = 1;
/// Units of work ([`crate::kernel::meter`]) of a byte of a dump that a program loads.
pub(crate) const UNITS_PER_DUMPED_BYTE: u64 = 4;
/// The source of a function whose debug information was stripped.
const STRIPPED_SOURCE: &[u8] = b"=?";

/// Why bytes are no dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DumpError {
    /// They do not begin as a dump of this version does.
    BadHeader,
    /// They end too early.
    Truncated,
    /// Something in them means nothing.
    Malformed(&'static str),
    /// The function could do harm.
    Invalid(VerifyError),
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // PUC's words.
        f.write_str(match self {
            DumpError::BadHeader => "bad header in precompiled chunk",
            DumpError::Truncated => "unexpected end in precompiled chunk",
            DumpError::Malformed(_) => "bad constant in precompiled chunk",
            DumpError::Invalid(_) => "bad code in precompiled chunk",
        })
    }
}

impl std::error::Error for DumpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DumpError::Invalid(error) => Some(error),
            _ => None,
        }
    }
}

/// Appends the dump of a function; without its debug information, if `strip`.
pub fn dump(proto: &Proto, strip: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(SIGNATURE);
    out.push(VERSION);
    write_function(proto, None, strip, out);
}

/// At most so many bytes are the dump of a function.
pub(crate) fn dump_bound(proto: &Proto) -> usize {
    // More than the fixed parts of a function, a constant, an upvalue and a local variable.
    const FIXED: usize = 64;
    const ENTRY: usize = 16;
    let constants = proto.constants.iter().map(|constant| match constant {
        Constant::String(string) => ENTRY + string.len(),
        Constant::Function(function) => ENTRY + dump_bound(function),
        _ => ENTRY,
    });
    let names = proto.upvalues.iter().map(|upvalue| &upvalue.name).chain(proto.locals.iter().map(|local| &local.name));
    let names: usize = names.map(|name| ENTRY + name.len()).sum();
    FIXED + proto.source.len() + 4 * (proto.code.len() + proto.lines.len()) + constants.sum::<usize>() + names
}

fn write_u32(out: &mut Vec<u8>, n: u32) {
    out.extend_from_slice(&n.to_le_bytes());
}

fn write_count(out: &mut Vec<u8>, count: usize) {
    // Code and tables are limited far below, and a string has to fit into memory twice to be here.
    write_u32(out, u32::try_from(count).unwrap_or(u32::MAX));
}

fn write_string(out: &mut Vec<u8>, string: &[u8]) {
    let string = &string[..string.len().min(u32::MAX as usize)];
    write_count(out, string.len());
    out.extend_from_slice(string);
}

fn write_function(proto: &Proto, parent: Option<&Proto>, strip: bool, out: &mut Vec<u8>) {
    match parent {
        Some(parent) if strip || parent.source == proto.source => out.push(0),
        _ => {
            out.push(1);
            write_string(out, if strip { STRIPPED_SOURCE } else { &proto.source });
        }
    }
    write_u32(out, proto.line_defined);
    write_u32(out, proto.last_line_defined);
    let vararg = proto.vararg;
    let flags = u8::from(vararg.has_arg) | u8::from(vararg.is_vararg) << 1 | u8::from(vararg.needs_arg) << 2;
    out.extend_from_slice(&[proto.num_params, flags, proto.max_stack_size, proto.clean_registers]);
    write_count(out, proto.code.len());
    proto.code.iter().for_each(|word| write_u32(out, word.0));
    let lines = if strip { &[] } else { &proto.lines[..] };
    write_count(out, lines.len());
    lines.iter().for_each(|&line| write_u32(out, line));
    write_count(out, proto.constants.len());
    for constant in &proto.constants {
        match constant {
            Constant::Nil => out.push(0),
            Constant::Boolean(false) => out.push(1),
            Constant::Boolean(true) => out.push(2),
            Constant::Number(n) => {
                out.push(3);
                out.extend_from_slice(&n.to_bits().to_le_bytes());
            }
            Constant::String(string) => {
                out.push(4);
                write_string(out, string);
            }
            Constant::Function(function) => {
                out.push(5);
                write_function(function, Some(proto), strip, out);
            }
        }
    }
    write_count(out, proto.upvalues.len());
    for upvalue in &proto.upvalues {
        write_string(out, if strip { b"" } else { &upvalue.name });
        out.extend_from_slice(&[u8::from(upvalue.in_stack), upvalue.index]);
    }
    let locals = if strip { &[] } else { &proto.locals[..] };
    write_count(out, locals.len());
    for local in locals {
        write_string(out, &local.name);
        write_u32(out, local.start_pc);
        write_u32(out, local.end_pc);
    }
}

/// Reads a dump and verifies it.
///
/// # Errors
/// If the bytes are no dump of this version, or one that no compiler made.
pub fn undump(bytes: &[u8]) -> Result<Arc<Proto>, DumpError> {
    let mut nothing_more = |_: &mut Vec<u8>| {};
    let mut reader = Reader::new(Cow::Borrowed(bytes), &mut nothing_more);
    let proto = reader.dump()?;
    if reader.at < bytes.len() {
        return Err(DumpError::Malformed("bytes after the end"));
    }
    Ok(proto)
}

/// Reads a dump from its first piece and from what is appended to it: nothing at the end. What follows a dump is not asked
/// for, and does no harm. Fails with the message of what is wrong with the chunk of this name.
pub(crate) fn undump_pieces(
    first: Cow<'_, [u8]>,
    name: &[u8],
    more: &mut dyn FnMut(&mut Vec<u8>),
) -> Result<Arc<Proto>, Vec<u8>> {
    Reader::new(first, more).dump().map_err(|error| dump_message(name, &error.to_string()))
}

/// What PUC would name a chunk in the message, before a reason: its name as it is, or what it is if that is all there is.
pub(crate) fn dump_message(name: &[u8], reason: &str) -> Vec<u8> {
    let label = match name {
        [b'@' | b'=', label @ ..] => label,
        [first, ..] if *first == SIGNATURE[0] => b"binary string",
        name => name,
    };
    [label, b": ", reason.as_bytes()].concat()
}

/// Why a host that has not allowed it refuses a dump.
pub(crate) const NOT_ALLOWED: &str =
    "precompiled chunks are not allowed (the host, or --allow-bytecode, can allow them)";

struct Reader<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    more: &'a mut dyn FnMut(&mut Vec<u8>),
}

impl<'a> Reader<'a> {
    fn new(bytes: Cow<'a, [u8]>, more: &'a mut dyn FnMut(&mut Vec<u8>)) -> Self {
        Reader { bytes, at: 0, more }
    }

    fn dump(&mut self) -> Result<Arc<Proto>, DumpError> {
        if self.bytes(SIGNATURE.len()) != Ok(SIGNATURE) || self.byte() != Ok(VERSION) {
            return Err(DumpError::BadHeader);
        }
        let proto = self.function(None, 0)?;
        verify(&proto).map_err(DumpError::Invalid)?;
        Ok(Arc::new(proto))
    }

    fn bytes(&mut self, count: usize) -> Result<&[u8], DumpError> {
        let start = self.at;
        while self.bytes.len() - start < count {
            let before = self.bytes.len();
            (self.more)(self.bytes.to_mut());
            if self.bytes.len() <= before {
                return Err(DumpError::Truncated);
            }
        }
        self.at += count;
        Ok(&self.bytes[start..self.at])
    }

    fn byte(&mut self) -> Result<u8, DumpError> {
        Ok(self.bytes(1)?[0])
    }

    fn flag(&mut self) -> Result<bool, DumpError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DumpError::Malformed("a flag")),
        }
    }

    fn u32(&mut self) -> Result<u32, DumpError> {
        let bytes = self.bytes(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn string(&mut self) -> Result<Arc<[u8]>, DumpError> {
        let length = self.u32()? as usize;
        Ok(self.bytes(length)?.into())
    }

    fn table<T>(&mut self, mut entry: impl FnMut(&mut Self) -> Result<T, DumpError>) -> Result<Vec<T>, DumpError> {
        let count = self.u32()? as usize;
        // The vector grows with what is there, whatever the count says.
        (0..count).map(|_| entry(self)).collect()
    }

    fn function(&mut self, parent_source: Option<&Arc<[u8]>>, depth: usize) -> Result<Proto, DumpError> {
        if depth >= MAX_DEPTH {
            return Err(DumpError::Malformed("functions nest too deep"));
        }
        let source = match (self.flag()?, parent_source) {
            (true, _) => self.string()?,
            (false, Some(source)) => Arc::clone(source),
            (false, None) => return Err(DumpError::Malformed("no source")),
        };
        let line_defined = self.u32()?;
        let last_line_defined = self.u32()?;
        let num_params = self.byte()?;
        let flags = self.byte()?;
        if flags > 7 {
            return Err(DumpError::Malformed("vararg flags"));
        }
        let vararg = VarargFlags { has_arg: flags & 1 != 0, is_vararg: flags & 2 != 0, needs_arg: flags & 4 != 0 };
        let max_stack_size = self.byte()?;
        let clean_registers = self.byte()?;
        let code = self.table(|reader| Ok(Instruction(reader.u32()?)))?;
        let lines = self.table(Reader::u32)?;
        let constants = self.table(|reader| reader.constant(&source, depth))?;
        let upvalues = self.table(|reader| {
            Ok(UpvalueDesc { name: reader.string()?, in_stack: reader.flag()?, index: reader.byte()? })
        })?;
        let locals = self
            .table(|reader| Ok(LocalVar { name: reader.string()?, start_pc: reader.u32()?, end_pc: reader.u32()? }))?;
        Ok(Proto {
            source,
            line_defined,
            last_line_defined,
            code,
            lines,
            constants,
            upvalues,
            locals,
            num_params,
            vararg,
            max_stack_size,
            clean_registers,
        })
    }

    fn constant(&mut self, source: &Arc<[u8]>, depth: usize) -> Result<Constant, DumpError> {
        Ok(match self.byte()? {
            0 => Constant::Nil,
            1 => Constant::Boolean(false),
            2 => Constant::Boolean(true),
            3 => {
                let (low, high) = (self.u32()?, self.u32()?);
                Constant::Number(f64::from_bits(u64::from(low) | u64::from(high) << 32))
            }
            4 => Constant::String(self.string()?),
            5 => {
                let nested = with_room(|| self.function(Some(source), depth + 1));
                let malformed = DumpError::Malformed("functions nest too deep");
                Constant::Function(Arc::new(nested.unwrap_or(Err(malformed))?))
            }
            _ => return Err(DumpError::Malformed("a constant")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::compile;
    use pretty_assertions::assert_eq;

    const SOURCE: &[u8] = b"local a, b = 1, 'x' local function f(...) for i = 1, a do b = b .. i end return ... end
        return f, nil, true, {a, b, c = a.b.c}, function(x) return x and f(x) end";

    fn dumped(source: &[u8], strip: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        dump(&compile(source, b"@t").unwrap(), strip, &mut bytes);
        bytes
    }

    #[test]
    fn round_trip() {
        let proto = compile(SOURCE, b"@t").unwrap();
        assert_eq!(undump(&dumped(SOURCE, false)), Ok(proto));
    }

    #[test]
    fn stripped_has_no_names() {
        let proto = undump(&dumped(SOURCE, true)).unwrap();
        assert_eq!((&*proto.source, proto.lines.len(), proto.locals.len()), (&b"=?"[..], 0, 0));
        let function = proto.functions().next().unwrap();
        assert_eq!(&*function.source, b"=?");
        assert!(function.upvalues.iter().all(|upvalue| upvalue.name.is_empty()));
    }

    #[test]
    fn truncated_and_changed_dumps_do_no_harm() {
        let bytes = dumped(SOURCE, false);
        for end in 0..bytes.len() {
            assert!(undump(&bytes[..end]).is_err(), "{end} bytes");
        }
        let mut seed = 1u32;
        for _ in 0..20_000 {
            let mut changed = bytes.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = seed as usize % changed.len();
                changed[at] = (seed >> 24) as u8;
            }
            if let Ok(proto) = undump(&changed) {
                assert_eq!(verify(&proto), Ok(()));
            }
        }
    }

    #[test]
    fn headers() {
        assert_eq!(undump(b"\x1bLua"), Err(DumpError::BadHeader));
        assert_eq!(undump(b"\x1bFerrous\x07"), Err(DumpError::BadHeader));
        assert_eq!(undump(b"\x1bFerrous\x01"), Err(DumpError::Truncated));
        assert_eq!(DumpError::Truncated.to_string(), "unexpected end in precompiled chunk");
    }

    #[test]
    fn huge_counts_take_no_memory() {
        let mut bytes = dumped(b"", false);
        let code = SIGNATURE.len() + 1 + 1 + 4 + 2 + 8 + 3;
        bytes[code..code + 4].fill(0xff);
        assert_eq!(undump(&bytes), Err(DumpError::Truncated));
    }
}
