//! `io.write` (§5.7). There are no files: the other functions are absent.

use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult};
use super::super::value::Value;
use super::absent::{absent_functions, refuse, refuse_fields};
use super::{new_library, push_result};

absent_functions! {
    ABSENT, "io":
    close: "close", flush: "flush", input: "input", lines: "lines", open_file: "open", output: "output", popen: "popen",
    read: "read", tmpfile: "tmpfile", type_: "type",
}

/// Opens the library.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    let library = new_library(ctx, "io", &[("write", write)])?;
    super::register(ctx, library, ABSENT)?;
    for (name, refuse) in STREAMS {
        let stream = ctx.transaction().create_table()?;
        refuse_fields(ctx, Value::Table(stream), refuse)?;
        ctx.raw_set_field(library, name, Value::Table(stream))?;
    }
    Ok(())
}

const STREAMS: [(&str, CFunction); 3] = [("stdin", stdin), ("stdout", stdout), ("stderr", stderr)];

fn stdin(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    Err(refuse(ctx, "file 'io.stdin'"))
}

fn stdout(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    Err(refuse(ctx, "file 'io.stdout'"))
}

fn stderr(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    Err(refuse(ctx, "file 'io.stderr'"))
}

/// §5.7 `io.write (···)`.
fn write(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let mut result = Ok(());
    for index in 1..=ctx.arg_count() {
        // What comes before a wrong argument is written all the same.
        let bytes = ctx.check_string(index)?;
        if result.is_ok() {
            result = ctx.vm.output().write(&bytes);
        }
    }
    push_result(ctx, result, None)
}
