//! The basic functions that compile chunks (§5.1).

use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn};
use super::super::value::Value;
use super::reserve;
use crate::kernel::meter::Watch;
use crate::kernel::text::c_string;
use crate::system::chunk_file::ChunkFile;

pub(super) const FUNCTIONS: &[(&str, CFunction)] =
    &[("dofile", dofile), ("load", load), ("loadfile", loadfile), ("loadstring", loadstring)];

/// A chunk's function, or the message of why there is none.
type Loaded = Result<Value, Value>;

/// The results of a function that loads: the function, or nil and the message.
fn push_loaded(ctx: &mut ExecutionContext<'_>, loaded: Loaded) -> NativeResult {
    match loaded {
        Ok(function) => ctx.push(function),
        Err(message) => ctx.extend([Value::Nil, message]),
    }
    Ok(NativeReturn::Results)
}

fn compile(ctx: &mut ExecutionContext<'_>, chunk: &[u8], name: &[u8]) -> Result<Loaded, Failure> {
    match ctx.vm.load(chunk, name)? {
        Ok(function) => Ok(Ok(function)),
        Err(message) => ctx.string(&message).map(Err),
    }
}

/// §5.1 `loadstring (string [, chunkname])`.
fn loadstring(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let chunk = ctx.check_string(1)?;
    let name = ctx.opt_string(2)?;
    let loaded = compile(ctx, &chunk, c_string(name.as_deref().unwrap_or(&chunk)))?;
    push_loaded(ctx, loaded)
}

/// §5.1 `load (func [, chunkname])`.
fn load(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let name = ctx.opt_string(2)?;
    let name = name.as_deref().map_or(&b"=(load)"[..], c_string);
    let reader = ctx.check_function(1)?;
    let loaded = match read(ctx, reader)? {
        Ok(chunk) => compile(ctx, &chunk, name)?,
        Err(error) => Err(error),
    };
    push_loaded(ctx, loaded)
}

/// All that a reader function returns; or the error it threw, because PUC's parser is protected, and the reader runs in it.
fn read(ctx: &mut ExecutionContext<'_>, reader: Value) -> Result<Result<Vec<u8>, Value>, Failure> {
    let mut chunk = Vec::new();
    let mut ends = 0;
    // PUC looks at the first byte to see whether the chunk is precompiled, then begins to read: a reader that has nothing
    // at first is asked once more.
    while ends == 0 || ends == 1 && chunk.is_empty() {
        let part = match ctx.call_one(reader, Vec::new()) {
            Ok(part) => part,
            Err(Failure::Thrown(error)) => return Ok(Err(error)),
            Err(failure) => return Err(failure),
        };
        if part.is_nil() {
            ends += 1;
            continue;
        }
        let Some(bytes) = ctx.to_text(part)? else {
            return match ctx.error("reader function must return a string") {
                Failure::Thrown(error) => Ok(Err(error)),
                failure => Err(failure),
            };
        };
        if bytes.is_empty() {
            ends += 1;
            continue;
        }
        reserve(ctx, &mut chunk, bytes.len())?;
        chunk.extend_from_slice(&bytes);
    }
    Ok(Ok(chunk))
}

/// Loads the file that argument 1 names, or standard input.
fn load_argument(ctx: &mut ExecutionContext<'_>) -> Result<Loaded, Failure> {
    let path = ctx.opt_string(1)?;
    let file = ChunkFile::open(path.as_deref().map(c_string), &Watch::default());
    match file.and_then(|file| Ok((file.name.clone(), file.read_all()?))) {
        Ok((name, code)) => compile(ctx, &code, &name),
        Err(message) => ctx.string(&message).map(Err),
    }
}

/// §5.1 `loadfile ([filename])`.
fn loadfile(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let loaded = load_argument(ctx)?;
    push_loaded(ctx, loaded)
}

/// §5.1 `dofile ([filename])`.
fn dofile(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let function = load_argument(ctx)?.map_err(Failure::Thrown)?;
    let results = ctx.call(function, Vec::new())?;
    ctx.extend(results);
    Ok(NativeReturn::Results)
}
