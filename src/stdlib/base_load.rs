//! The basic functions that compile chunks (§5.1), and the loading of files the program and `package` share.
#![forbid(unsafe_code)]

use super::io::c_string;
use crate::system::chunk_file::{ChunkFile, PIECE};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

pub(super) const FUNCTIONS: &[(&str, NativeFn)] =
    &[("dofile", dofile), ("load", load), ("loadfile", loadfile), ("loadstring", loadstring)];

/// The results of a function that loads: the function, or nil and the message on the top.
fn loaded(ctx: &mut Ctx<'_>, ok: bool) -> NativeResult {
    if ok {
        return Ok(1);
    }
    ctx.push_nil()?;
    ctx.insert(ctx.top() - 1);
    Ok(2)
}

/// The name of a chunk, which is an argument.
fn copy_name(ctx: &mut Ctx<'_>, index: usize) -> Result<Vec<u8>, Throw> {
    let size = c_string(ctx.bytes(index)).len();
    let mut name = Vec::new();
    ctx.room_for_piece(&mut name, size)?;
    name.extend_from_slice(&ctx.bytes(index)[..size]);
    Ok(name)
}

/// §5.1 `loadstring (string [, chunkname])`.
fn loadstring(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let name = if ctx.opt_string(2)? { 2 } else { 1 };
    let name = copy_name(ctx, name)?;
    let mut read = 0;
    let ok = ctx.load_pieces(&name, &mut |ctx, text| {
        let piece = ctx.bytes(1).len().saturating_sub(read).min(PIECE);
        ctx.room_for_piece(text, piece)?;
        text.extend_from_slice(&ctx.bytes(1)[read..][..piece]);
        read += piece;
        Ok(())
    })?;
    loaded(ctx, ok)
}

/// §5.1 `load (func [, chunkname])`.
fn load(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = if ctx.opt_string(2)? { copy_name(ctx, 2)? } else { b"=(load)".to_vec() };
    ctx.check_type(1, Type::Function)?;
    ctx.set_top(1)?;
    let ok = ctx.load_pieces(&name, &mut |ctx, text| {
        ctx.set_top(1)?;
        ctx.push_value(1)?;
        ctx.call(0, Some(1))?;
        if ctx.is_none_or_nil(2) {
            return Ok(());
        }
        if !ctx.convert_to_string(2)? {
            return Err(ctx.error("reader function must return a string"));
        }
        ctx.room_for_piece(text, ctx.bytes(2).len())?;
        text.extend_from_slice(ctx.bytes(2));
        Ok(())
    })?;
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
/// (C's `luaL_loadfile`).
pub(crate) fn load_file(ctx: &mut Ctx<'_>, path: Option<&[u8]>) -> Result<bool, Throw> {
    let opened = ChunkFile::open(path, &ctx.meter().watch());
    // It may have waited too long, as may each read.
    ctx.meter().look()?;
    let mut file = match opened {
        Ok(file) => file,
        Err(message) => return ctx.push_bytes(&message).map(|()| false),
    };
    let name = file.name.clone();
    let ok = ctx.load_pieces(&name, &mut |ctx, text| {
        ctx.room_for_piece(text, PIECE)?;
        file.read(text);
        Ok(ctx.meter().look()?)
    })?;
    match file.take_failure() {
        Some(message) => {
            ctx.drop_top(1);
            ctx.push_bytes(&message).map(|()| false)
        }
        None => Ok(ok),
    }
}
