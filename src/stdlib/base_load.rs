//! The basic functions that compile chunks (§5.1), and the reading of files the program and `package` share.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read as _};

use super::io::{c_string, to_path};
use super::{Room, output, strerror};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

pub(super) const FUNCTIONS: &[(&str, NativeFn)] =
    &[("dofile", dofile), ("load", load), ("loadfile", loadfile), ("loadstring", loadstring)];

/// The first byte of a precompiled chunk.
const SIGNATURE: u8 = 0x1b;

/// The results of a function that loads: the function, or nil and the message on the top.
fn loaded(ctx: &mut Ctx<'_>, ok: bool) -> NativeResult {
    if ok {
        return Ok(1);
    }
    ctx.push_nil()?;
    ctx.insert(ctx.top() - 1);
    Ok(2)
}

/// §5.1 `loadstring (string [, chunkname])`.
fn loadstring(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let name = if ctx.opt_string(2)? { 2 } else { 1 };
    // Compiling may collect and so wants the machine for itself.
    let (chunk, name) = (ctx.bytes(1).to_vec(), c_string(ctx.bytes(name)).to_vec());
    let ok = ctx.load(&chunk, &name)?;
    loaded(ctx, ok)
}

/// §5.1 `load (func [, chunkname])`.
fn load(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = if ctx.opt_string(2)? { c_string(ctx.bytes(2)).to_vec() } else { b"=(load)".to_vec() };
    ctx.check_type(1, Type::Function)?;
    let mut chunk = Vec::new();
    let mut room = Room::new();
    let mut ends = 0;
    // PUC looks at the first byte to see whether the chunk is precompiled, then begins to read: a reader that has nothing
    // at first is asked once more.
    while ends == 0 || ends == 1 && chunk.is_empty() {
        ctx.set_top(1)?;
        ctx.push_value(1)?;
        // PUC's parser is protected, and the reader runs in it.
        if !ctx.protected_call(0, Some(1))? {
            return loaded(ctx, false);
        }
        if ctx.is_none_or_nil(2) {
            ends += 1;
            continue;
        }
        if !ctx.convert_to_string(2)? {
            let mut message = ctx.position(1);
            message.extend_from_slice(b"reader function must return a string");
            ctx.push_bytes(&message)?;
            return loaded(ctx, false);
        }
        let size = ctx.bytes(2).len();
        if size == 0 {
            ends += 1;
            continue;
        }
        room.fit(ctx, &mut chunk, size)?;
        chunk.extend_from_slice(ctx.bytes(2));
    }
    let ok = ctx.load(&chunk, &name)?;
    loaded(ctx, ok)
}

/// §5.1 `loadfile ([filename])`.
fn loadfile(ctx: &mut Ctx<'_>) -> NativeResult {
    let ok = load_argument(ctx)?;
    loaded(ctx, ok)
}

/// §5.1 `dofile ([filename])`.
fn dofile(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.set_top(1)?;
    if !load_argument(ctx)? {
        return Err(ctx.throw());
    }
    ctx.call(0, None)?;
    Ok(ctx.top() - 1)
}

/// Loads the file the first argument names, or standard input.
fn load_argument(ctx: &mut Ctx<'_>) -> Result<bool, Throw> {
    if !ctx.opt_string(1)? {
        return load_file(ctx, None);
    }
    let path = c_string(ctx.bytes(1)).to_vec();
    load_file(ctx, Some(&path))
}

/// Compiles a file, or standard input, and pushes its function; pushes the message and returns `false` if that fails
/// (C's `luaL_loadfile`). A first line that begins with `#` is skipped.
pub(crate) fn load_file(ctx: &mut Ctx<'_>, path: Option<&[u8]>) -> Result<bool, Throw> {
    let (name, shown) = match path {
        Some(path) => ([b"@", path].concat(), path),
        None => (b"=stdin".to_vec(), b"stdin".as_slice()),
    };
    match read(path) {
        Ok(text) => ctx.load(code(&text), &name),
        Err((what, error)) => {
            let mut message = format!("cannot {what} ").into_bytes();
            message.extend_from_slice(shown);
            message.extend_from_slice(b": ");
            message.extend_from_slice(strerror(&error).as_bytes());
            ctx.push_bytes(&message)?;
            Ok(false)
        }
    }
}

/// All of a file, or of standard input; or what could not be done.
fn read(path: Option<&[u8]>) -> Result<Vec<u8>, (&'static str, io::Error)> {
    let mut text = Vec::new();
    let result = match path {
        Some(path) => File::open(to_path(path)).map_err(|error| ("open", error))?.read_to_end(&mut text),
        None => {
            // A prompt must be seen before the answer; that it cannot be written is no error of reading.
            let _ = output::flush();
            io::stdin().lock().read_to_end(&mut text)
        }
    };
    match result {
        Ok(_) => Ok(text),
        Err(error) => Err(("read", error)),
    }
}

/// A file's text without a first line that begins with `#`. The line's end stays, for the numbers of the lines after
/// it; but a precompiled chunk begins with its signature.
fn code(text: &[u8]) -> &[u8] {
    if text.first() != Some(&b'#') {
        return text;
    }
    let Some(end) = memchr::memchr(b'\n', text) else {
        return &[];
    };
    let rest = &text[end + 1..];
    if rest.first() == Some(&SIGNATURE) { rest } else { &text[end..] }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn the_first_line_may_be_for_the_system() {
        assert_eq!(code(b"return 1"), b"return 1");
        assert_eq!(code(b"#!lua\nreturn 1"), b"\nreturn 1");
        assert_eq!(code(b"#!lua\n\x1bLua"), b"\x1bLua");
        assert_eq!(code(b"#!lua"), b"");
        assert_eq!(code(b""), b"");
    }
}
