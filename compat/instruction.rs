//! `vm::Instruction` and `vm::OpCode`: the instruction word, as the old machine read it.
//!
//! The operands `B` and `C` are nine bits wide: [`Instruction::b`] and [`Instruction::c`] give the low eight, as they always
//! did; [`Instruction::b_wide`] and [`Instruction::c_wide`] give all.

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

macro_rules! opcodes {
    ($($number:literal $variant:ident)*) => {
        /// An opcode, as the old machine knew it: one more than the compiler's, which never emits `Eval`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "they are the opcodes of `ferrous::bytecode::OpCode`, which says what they do")]
        #[cfg_attr(
            feature = "deprecations",
            deprecated(since = "0.3.0", note = "use ferrous::bytecode::OpCode; see MIGRATION.md#old-compile")
        )]
        pub enum OpCode {
            $($variant,)*
        }

        /// The number of an opcode.
        pub fn opcode_to_u8(opcode: OpCode) -> u8 {
            match opcode {
                $(OpCode::$variant => $number,)*
            }
        }

        /// The opcode with a number; a number that names none is `Move`.
        pub fn u8_to_opcode(number: u8) -> OpCode {
            match number {
                $($number => OpCode::$variant,)*
                _ => OpCode::Move,
            }
        }
    };
}
opcodes! {
    0 Move 1 LoadK 2 LoadBool 3 LoadNil 4 GetUpval 5 GetGlobal 6 SetGlobal 7 SetUpval 8 GetTable 9 SetTable 10 NewTable
    11 Self_ 12 Add 13 Sub 14 Mul 15 Div 16 Mod 17 Pow 18 Unm 19 Not 20 Len 21 Concat 22 Jmp 23 Eq 24 Lt 25 Le 26 Test
    27 TestSet 28 Call 29 TailCall 30 Return 31 ForPrep 32 ForLoop 33 TForLoop 34 SetList 35 VarArg 36 Closure 37 Close
    38 ExtraArg 39 Eval
}
