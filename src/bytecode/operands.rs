//! Which registers an instruction reads.

use super::{Instruction, OpCode, Operand, Proto};

/// The registers that the instruction at `pc` reads as operands of its own, in the order in which an error message looks for the
/// culprit. Constants are left out.
pub fn operand_registers(proto: &Proto, pc: usize) -> Vec<u32> {
    let Some(&word) = proto.code.get(pc) else { return Vec::new() };
    let Some(op) = word.try_opcode() else { return Vec::new() };
    if op == OpCode::Concat {
        // It works from the right.
        return (word.b()..=word.c()).rev().collect();
    }
    let fields = [word.a(), word.b(), word.c()];
    let mut registers = Vec::new();
    for (operand, field) in op.operands().into_iter().zip(fields) {
        match operand {
            Operand::Register => registers.push(field),
            Operand::Rk if Instruction::constant_of(field).is_none() => registers.push(field),
            _ => {}
        }
    }
    registers
}
