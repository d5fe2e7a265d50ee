//! §5.2: coroutines. They are the machine's business; this only names them.

use super::{push_library, register, reserve_names};
use crate::vm::coroutine::{FUNCTIONS, push_resume, push_yield};
use crate::vm::{Ctx, Throw};

/// Opens the library.
pub(super) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    const NAMES: [&str; 6] = ["create", "resume", "running", "status", "wrap", "yield"];
    push_library(ctx, "coroutine", NAMES.len())?;
    let table = ctx.top();
    reserve_names(ctx, table, &NAMES)?;
    register(ctx, None, FUNCTIONS)?;
    push_resume(ctx)?;
    ctx.raw_set_field(table, "resume")?;
    push_yield(ctx)?;
    ctx.raw_set_field(table, "yield")
}
