//! `vm::Instruction` and `vm::OpCode`: the instruction word, as the old machine read it.
//!
//! The operands `B` and `C` are nine bits wide: [`Instruction::b`] and [`Instruction::c`] give the low eight, as they always
//! did; [`Instruction::b_wide`] and [`Instruction::c_wide`] give all.

use super::old_opcodes::old_opcodes;
use crate::bytecode;

/// An instruction word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::bytecode::Instruction; see MIGRATION.md#old-compile")
)]
pub struct Instruction(pub u32);

impl Instruction {
    fn word(self) -> bytecode::Instruction {
        bytecode::Instruction(self.0)
    }

    /// The opcode.
    pub fn opcode(&self) -> OpCode {
        u8_to_opcode((self.0 & 0x3f) as u8)
    }

    /// Operand `A`.
    pub fn a(&self) -> u8 {
        self.word().a() as u8
    }

    /// The low eight bits of operand `B`.
    pub fn b(&self) -> u8 {
        self.word().b() as u8
    }

    /// The low eight bits of operand `C`.
    pub fn c(&self) -> u8 {
        self.word().c() as u8
    }

    /// Operand `B`; bit 0x100 says that it is a constant, where it can be one.
    pub fn b_wide(&self) -> u16 {
        self.word().b() as u16
    }

    /// Operand `C`; bit 0x100 says that it is a constant, where it can be one.
    pub fn c_wide(&self) -> u16 {
        self.word().c() as u16
    }

    /// Operand `Bx`.
    pub fn bx(&self) -> u32 {
        self.word().bx()
    }

    /// Operand `sBx`.
    pub fn sbx(&self) -> i32 {
        self.word().sbx()
    }
}

/// Stepping out: the same word.
impl From<Instruction> for bytecode::Instruction {
    fn from(instruction: Instruction) -> Self {
        instruction.word()
    }
}

old_opcodes! {
    /// An opcode, as the old machine knew it: one more than the compiler's, which never emits `Eval`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    39 Eval
}
