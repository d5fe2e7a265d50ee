//! `string.format` (§5.4): the loop over the format and its arguments. The conversions are the kernel's.
#![forbid(unsafe_code)]

use super::Room;
use crate::kernel::format::{copy_literal, parse_spec};
use crate::vm::{Ctx, NativeResult};

/// Largest width of a conversion, and more.
const MAX_WIDTH: usize = 100;

/// §5.4 `string.format (formatstring, ···)`.
pub(super) fn format(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let top = ctx.top();
    let mut out = ctx.take_buffer();
    let mut at = 0;
    let mut argument = 1;
    let mut room = Room::of(&out);
    // What is literal is never more than the format.
    room.fit(ctx, &mut out, ctx.bytes(1).len())?;
    loop {
        let ([format], meter) = ctx.bytes_and_meter([1]);
        let Some(start) = copy_literal(meter, &mut out, format, at)? else { break };
        // PUC's order: the argument is there, the conversion exists, the argument is of its type.
        argument += 1;
        if argument > top {
            return Err(ctx.arg_error(argument, "no value"));
        }
        let (spec, used) = match parse_spec(ctx.bytes(1).get(start..).unwrap_or_default()) {
            Ok(parsed) => parsed,
            Err(error) => {
                let mut message = Vec::new();
                error.write_message(&mut message);
                return Err(ctx.error(message));
            }
        };
        at = start + used;
        if spec.is_numeric() {
            let before = out.len();
            spec.write_number(&mut out, ctx.check_number(argument)?);
            ctx.meter().charge((out.len() - before) as u64)?;
        } else {
            ctx.check_string(argument)?;
            // Only strings can make the result large; quoted, a byte becomes four at most.
            let growth = if spec.conversion() == b'q' { 4 } else { 1 };
            let more = ctx.bytes(argument).len().saturating_mul(growth);
            room.fit(ctx, &mut out, more.saturating_add(MAX_WIDTH))?;
            let ([text], meter) = ctx.bytes_and_meter([argument]);
            spec.write_string(meter, &mut out, text)?;
        }
    }
    ctx.push_buffer(out)?;
    Ok(1)
}
