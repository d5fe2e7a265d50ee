//! Loading: from source or a precompiled chunk to a function on the heap.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::lower::LOWER_STUB;
use super::native::{Ctx, Throw};
use super::state::State;
use crate::arena::{AllocError, FunctionProto, Gc, ProtoDetail, TValue};
use crate::bytecode::dump::{NOT_ALLOWED, dump_message, undump_pieces};
use crate::bytecode::{Constant, Proto};
use crate::compiler::{Refusal, compile_from};
use crate::syntax::{Source, Whole};

pub(super) const ESCAPE: u8 = 0x1b;
/// Units of work of a byte that is read and compiled.
const UNITS_PER_SOURCE_BYTE: u64 = 4;

/// Reads the next piece of a chunk, which a function appends; nothing at the end.
pub(crate) type ReadPiece<'a> = &'a mut dyn FnMut(&mut Ctx<'_>, &mut Vec<u8>) -> Result<(), Throw>;

/// A chunk that is read while it is compiled.
struct Pieces<'a, 'c> {
    ctx: &'a mut Ctx<'c>,
    read: ReadPiece<'a>,
    /// The first piece, until it is asked for.
    first: Vec<u8>,
    /// What ended the chunk early. The error is in the machine.
    failure: Option<Throw>,
}

impl Pieces<'_, '_> {
    fn next(&mut self, text: &mut Vec<u8>) {
        if self.failure.is_none() {
            self.failure = self.read_piece(text).err();
        }
    }

    fn read_piece(&mut self, text: &mut Vec<u8>) -> Result<(), Throw> {
        let before = text.len();
        (self.read)(self.ctx, text)?;
        self.ctx.st.charge_source(text.len() - before)
    }
}

impl fmt::Debug for Pieces<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("failure", &self.failure).finish_non_exhaustive()
    }
}

impl Source for &mut Pieces<'_, '_> {
    fn read(&mut self, text: &mut Vec<u8>) {
        if self.first.is_empty() { self.next(text) } else { text.append(&mut self.first) }
    }
}

fn undump(
    allowed: bool,
    first: Cow<'_, [u8]>,
    name: &[u8],
    more: &mut dyn FnMut(&mut Vec<u8>),
) -> Result<Arc<Proto>, Vec<u8>> {
    if allowed { undump_pieces(first, name, more) } else { Err(dump_message(name, NOT_ALLOWED)) }
}

impl Ctx<'_> {
    /// Compiles a chunk and pushes its function; pushes the error message and returns `false` if that fails. `name` is
    /// in Lua's convention: `@file`, `=label` or the source itself. A chunk that begins with ESC is precompiled; it is refused
    /// unless the host allows them.
    pub(crate) fn load(&mut self, chunk: &[u8], name: &[u8]) -> Result<bool, Throw> {
        self.st.charge_source(chunk.len())?;
        self.st.native_safepoint()?;
        let proto = self.st.compile(chunk, name);
        self.loaded(proto)
    }

    /// Likewise, of a chunk that is read while it is compiled: never further than the compiler has to. What is thrown while
    /// reading is caught, too.
    pub(crate) fn load_pieces(&mut self, name: &[u8], read: ReadPiece<'_>) -> Result<bool, Throw> {
        self.st.native_safepoint()?;
        let top = self.top();
        let mut pieces = Pieces { ctx: self, read, first: Vec::new(), failure: None };
        let mut first = Vec::new();
        // PUC looks at the first byte to see whether the chunk is precompiled, then begins to read: a reader that has
        // nothing at first is asked once more.
        pieces.next(&mut first);
        let proto = if first.first() == Some(&ESCAPE) {
            let allowed = pieces.ctx.st.allow_bytecode;
            undump(allowed, first.into(), name, &mut |bytes| pieces.next(bytes)).map_err(Refusal::of_dump)
        } else {
            pieces.first = first;
            compile_from(Box::new(&mut pieces), name)
        };
        let failure = pieces.failure;
        self.set_top(top)?;
        match failure {
            None => self.loaded(proto),
            Some(throw) => self.load_failed(throw),
        }
    }

    fn loaded(&mut self, proto: Result<Arc<Proto>, Refusal>) -> Result<bool, Throw> {
        let thrown = match proto {
            Ok(proto) => match self.st.allocate(|st| st.instantiate(&proto)) {
                Ok(function) => return self.push(function).map(|()| true),
                Err(throw) => throw,
            },
            Err(refusal) if refusal.is_raised => self.st.throw_bytes(&refusal.error.message),
            Err(refusal) => return self.push_bytes(&refusal.error.message).map(|()| false),
        };
        self.load_failed(thrown)
    }

    /// Pushes what was thrown, after the message handler has seen it.
    fn load_failed(&mut self, thrown: Throw) -> Result<bool, Throw> {
        if thrown == Throw::Stop {
            return Err(thrown);
        }
        self.st.handle_here()?;
        let value = self.st.take_thrown();
        self.push(value).map(|()| false)
    }
}

impl State {
    /// Pays for bytes that are read and compiled.
    fn charge_source(&mut self, bytes: usize) -> Result<(), Throw> {
        self.heap.meter.charge(bytes as u64 * UNITS_PER_SOURCE_BYTE)?;
        Ok(())
    }

    /// The main function of a chunk, from source or precompiled.
    fn compile(&self, chunk: &[u8], name: &[u8]) -> Result<Arc<Proto>, Refusal> {
        if chunk.first() == Some(&ESCAPE) {
            return self.undump(chunk, name).map_err(Refusal::of_dump);
        }
        compile_from(Box::new(Whole(chunk)), name)
    }

    /// The main function of a precompiled chunk; or the error message.
    pub(super) fn undump(&self, chunk: &[u8], name: &[u8]) -> Result<Arc<Proto>, Vec<u8>> {
        undump(self.allow_bytecode, chunk.into(), name, &mut |_| {})
    }

    /// A closure of a main function.
    pub(crate) fn instantiate(&mut self, proto: &Arc<Proto>) -> Result<TValue, AllocError> {
        let object = self.load_proto(proto)?;
        let env = self.thread.globals.get();
        let count = proto.upvalues.len();
        let function = self.heap.lua_function(object, env, count)?;
        for index in 0..count {
            let upvalue = self.heap.closed_upvalue(TValue::NIL)?;
            // SAFETY: in bounds of the closure just made, which is as white as the upvalue.
            unsafe { *function.upvalue_slot(index) = Some(upvalue) };
        }
        Ok(function.closure().into())
    }

    /// Makes a prototype and all nested ones heap objects. Nothing collects meanwhile, so none needs a root.
    fn load_proto(&mut self, proto: &Arc<Proto>) -> Result<Gc<FunctionProto>, AllocError> {
        let mut constants = Vec::with_capacity(proto.constants.len());
        let mut children = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            let mut child = None;
            constants.push(match constant {
                Constant::Nil => TValue::NIL,
                Constant::Boolean(b) => TValue::boolean(*b),
                Constant::Number(n) => TValue::number(*n),
                Constant::String(bytes) => self.heap.string(bytes)?.into(),
                // Nesting is bounded by the compiler, and by the verifier of precompiled chunks.
                Constant::Function(function) => {
                    child = Some(self.load_proto(function)?);
                    TValue::NIL
                }
            });
            children.push(child);
        }
        let detail = ProtoDetail {
            proto: Arc::clone(proto),
            constants: constants.into(),
            children: children.into(),
            lowered: RefCell::new(None),
            templates: RefCell::new(Vec::new()),
        };
        self.heap.proto(detail, LOWER_STUB.0.as_ptr())
    }
}
