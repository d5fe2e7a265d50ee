//! §5.2: coroutines. They are the machine's business; this only names them.

use super::register;
use crate::vm::coroutine::{FUNCTIONS, push_resume, push_yield};
use crate::vm::{Ctx, Throw};

/// Opens the library.
pub(super) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    register(ctx, Some("coroutine"), FUNCTIONS)?;
    let table = ctx.top();
    push_resume(ctx)?;
    ctx.raw_set_field(table, "resume")?;
    push_yield(ctx)?;
    ctx.raw_set_field(table, "yield")
}
