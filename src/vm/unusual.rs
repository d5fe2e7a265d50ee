//! The instructions that functions have once, or only where the machine is asked for more than executing: out of the loop's way.

use super::call::{Continuation, Flow};
use super::fault::corrupted;
use super::frame::FrameKind;
use super::native::Throw;
use super::op::{Op, a, b, c, d, hint};
use super::operations::prepare_loop;
use super::state::State;
use crate::arena::{Gc, LuaFunction};

/// Executes one of them.
///
/// # Safety
/// The running frame is a Lua function's; `word` is the first word of the instruction, behind which its `pc` is.
#[inline(never)]
pub(super) unsafe fn execute_unusual(st: &mut State, word: u64) -> Result<Flow, Throw> {
    // SAFETY: registers and constants that lowered code names are there, and the frame keeps its function.
    unsafe {
        let frame = st.frame;
        let (pc, base) = ((*frame).pc, (*frame).base);
        match Op::of(word) {
            Op::Lower => {
                // The stub: no constant follows, and the frame's code begins elsewhere now.
                let function: Gc<LuaFunction> = Gc::from_ptr((*frame).function.cast());
                st.allocate(|st| st.lower(function.proto))?;
                (*st.frame).pc = function.proto.entry.get();
            }
            Op::CallFull => {
                let func = base.add(a(word));
                if hint(word) == 0 {
                    st.top = func.add(1 + b(word));
                }
                return st.precall(func, Continuation::call(c(word) as u8 as i8 as i16));
            }
            Op::ForStart => {
                let slots = base.add(a(word));
                prepare_loop(st, slots)?;
                *slots.cast::<f64>() -= *slots.add(2).cast::<f64>();
                (*frame).pc = pc.offset(d(word));
            }
            Op::ForInCall => {
                let slots = base.add(a(word));
                std::ptr::copy_nonoverlapping(slots, slots.add(3), 3);
                st.top = slots.add(6);
                let (extra, wanted) = (a(word) as u8, c(word) as i16);
                return st.precall(slots.add(3), Continuation { kind: FrameKind::Iterator, extra, wanted });
            }
            Op::Hook => st.instruction_hook(hint(word))?,
            Op::HookCall => st.function_hook(["call", "return"][a(word)])?,
            Op::Profile => st.count_in_profile(a(word) as u32, hint(word)),
            Op::Foreign => {
                if c(word) != 0 && st.wants_safepoint() {
                    (*frame).pc = pc.sub(1);
                    st.safepoint()?;
                    return Ok(Flow::Run);
                }
                return st.execute_foreign(hint(word) as usize);
            }
            Op::Skip => (*frame).pc = pc.offset(d(word)),
            Op::Shadow => st.begin_shadow(hint(word) as usize, a(word) != 0),
            Op::ShadowEnd => {
                (*frame).pc = pc.add(1);
                return st.end_shadow(hint(word) as usize, *pc as usize);
            }
            Op::ShadowEntry => return st.shadow_entry(),
            Op::Corrupt => *base.add(a(word)) = corrupted(*base.add(a(word))),
            _ => unreachable!("an instruction of the loop"),
        }
        Ok(Flow::Run)
    }
}
