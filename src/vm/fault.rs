//! Planted faults: the core can be made to get one opcode wrong, to see whether a comparison with the old handlers finds it.
//!
//! A fault is planted at lowering, behind or instead of the words that the opcode has otherwise, so it is a wrong result of
//! the core whatever the comparison does. It changes a value, loses an effect, or takes the other way; it never leaves the bounds that
//! the verifier has checked.

use super::lower::Lowerer;
use super::op::Op;
use crate::arena::TValue;
use crate::bytecode::{Instruction, OpCode};

/// Another value than the right one.
#[cold]
#[inline(never)]
pub(super) fn corrupted(value: TValue) -> TValue {
    if let Some(n) = value.as_number() {
        return TValue::number(if n + 1.0 == n { 0.0 } else { n + 1.0 });
    }
    if value.is_nil() || value.bits() == TValue::FALSE.bits() { TValue::TRUE } else { TValue::NIL }
}

impl Lowerer<'_> {
    fn corrupt(&mut self, register: u32) {
        self.emit(Op::Corrupt, register, 0, 0, 0);
    }

    /// The words of an instruction with a planted fault; returns how many classic instructions they cover.
    pub(super) fn faulty(&mut self, i: Instruction) -> usize {
        let (a, b, c) = (i.a(), i.b(), i.c());
        match i.opcode() {
            OpCode::LoadBool => self.instruction(Instruction::abc(i.opcode(), a, u32::from(b == 0), c)),
            OpCode::SetGlobal | OpCode::SetUpval | OpCode::SetTable | OpCode::Close => 1,
            OpCode::SetList => {
                if c == 0 {
                    2
                } else {
                    1
                }
            }
            // It goes on with the next instruction.
            OpCode::Jmp | OpCode::ForLoop => 1,
            OpCode::Eq | OpCode::Lt | OpCode::Le => self.instruction(Instruction::abc(i.opcode(), 1 - a.min(1), b, c)),
            OpCode::Test | OpCode::TestSet => self.instruction(Instruction::abc(i.opcode(), a, b, u32::from(c == 0))),
            OpCode::Call | OpCode::TailCall => {
                self.corrupt(if b >= 2 { a + 1 } else { a });
                self.instruction(i)
            }
            // A function that returns nothing returns a value.
            OpCode::Return if b == 1 => self.instruction(Instruction::abc(i.opcode(), 0, 2, 0)),
            OpCode::Return => {
                self.corrupt(a);
                self.instruction(i)
            }
            OpCode::TForLoop => {
                self.corrupt(a + 2);
                self.instruction(i)
            }
            OpCode::ForPrep => {
                let used = self.instruction(i);
                self.corrupt(a + 3);
                used
            }
            OpCode::ExtraArg => self.instruction(i),
            _ => {
                let used = self.instruction(i);
                self.corrupt(a);
                used
            }
        }
    }
}
