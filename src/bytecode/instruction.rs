//! The 32-bit instruction word.
//!
//! Layout, from the low bit: opcode 6 bits, `A` 8 bits, `C` 9 bits, `B` 9 bits. `Bx` is `C` and `B` together
//! (18 bits, unsigned); `sBx` is `Bx` with an excess of 131071; `Ax`, of [`OpCode::ExtraArg`] only, is everything above
//! the opcode (26 bits). A 9-bit operand that may be a constant ("RK") has bit 0x100 set when it is one.

use super::OpCode;

/// Largest `A` operand.
pub const MAX_A: u32 = 0xff;
/// Largest `B` operand.
pub const MAX_B: u32 = 0x1ff;
/// Largest `C` operand.
pub const MAX_C: u32 = 0x1ff;
/// Largest `Bx` operand.
pub const MAX_BX: u32 = 0x3_ffff;
/// Largest `sBx` operand; the smallest is `-MAX_SBX`.
pub const MAX_SBX: i32 = (MAX_BX >> 1) as i32;
/// Largest constant index that fits an RK operand.
pub const MAX_INDEX_RK: u32 = 0xff;
/// The operand value that names no register (it marks a `TESTSET` whose value nobody wants).
pub const NO_REGISTER: u32 = 0xff;
/// How many list items a table constructor collects before it flushes them with one `SETLIST`.
pub const FIELDS_PER_FLUSH: u32 = 50;

const POS_A: u32 = 6;
const POS_C: u32 = 14;
const POS_B: u32 = 23;
const BIT_RK: u32 = 0x100;

/// One instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction(pub u32);

impl Instruction {
    /// A word with operands `A`, `B`, `C`.
    pub fn abc(op: OpCode, a: u32, b: u32, c: u32) -> Self {
        debug_assert!(a <= MAX_A && b <= MAX_B && c <= MAX_C);
        Self(op as u32 | a << POS_A | c << POS_C | b << POS_B)
    }

    /// A word with operands `A`, `Bx`.
    pub fn abx(op: OpCode, a: u32, bx: u32) -> Self {
        debug_assert!(a <= MAX_A && bx <= MAX_BX);
        Self(op as u32 | a << POS_A | bx << POS_C)
    }

    /// A word with operands `A`, `sBx`.
    pub fn asbx(op: OpCode, a: u32, sbx: i32) -> Self {
        debug_assert!(sbx.abs() <= MAX_SBX);
        Self::abx(op, a, (sbx + MAX_SBX) as u32)
    }

    /// An [`OpCode::ExtraArg`] word.
    pub fn extra(ax: u32) -> Self {
        debug_assert!(ax < 1 << 26);
        Self(OpCode::ExtraArg as u32 | ax << POS_A)
    }

    /// The opcode; `None` for one of the 25 numbers that name none.
    pub fn try_opcode(self) -> Option<OpCode> {
        OpCode::from_u8((self.0 & 0x3f) as u8)
    }

    /// The opcode of a word made by the compiler or accepted by the verifier.
    ///
    /// # Panics
    /// If the number names no opcode; see [`Instruction::try_opcode`].
    pub fn opcode(self) -> OpCode {
        self.try_opcode().expect("a verified instruction has a known opcode")
    }

    /// Operand `A`.
    pub fn a(self) -> u32 {
        self.0 >> POS_A & MAX_A
    }

    /// Operand `B`.
    pub fn b(self) -> u32 {
        self.0 >> POS_B
    }

    /// Operand `C`.
    pub fn c(self) -> u32 {
        self.0 >> POS_C & MAX_C
    }

    /// Operand `Bx`.
    pub fn bx(self) -> u32 {
        self.0 >> POS_C
    }

    /// Operand `sBx`.
    pub fn sbx(self) -> i32 {
        self.bx() as i32 - MAX_SBX
    }

    /// Operand `Ax`.
    pub fn ax(self) -> u32 {
        self.0 >> POS_A
    }

    /// The same word with another `A`.
    pub fn with_a(self, a: u32) -> Self {
        debug_assert!(a <= MAX_A);
        Self(self.0 & !(MAX_A << POS_A) | a << POS_A)
    }

    /// The same word with another `B`.
    pub fn with_b(self, b: u32) -> Self {
        debug_assert!(b <= MAX_B);
        Self(self.0 & !(MAX_B << POS_B) | b << POS_B)
    }

    /// The same word with another `C`.
    pub fn with_c(self, c: u32) -> Self {
        debug_assert!(c <= MAX_C);
        Self(self.0 & !(MAX_C << POS_C) | c << POS_C)
    }

    /// The same word with another `sBx`.
    pub fn with_sbx(self, sbx: i32) -> Self {
        debug_assert!(sbx.abs() <= MAX_SBX);
        Self(self.0 & !(MAX_BX << POS_C) | ((sbx + MAX_SBX) as u32) << POS_C)
    }

    /// The RK operand that names constant `index`.
    pub fn rk_constant(index: u32) -> u32 {
        debug_assert!(index <= MAX_INDEX_RK);
        index | BIT_RK
    }

    /// The constant index an RK operand names, or `None` if it names a register.
    pub fn constant_of(rk: u32) -> Option<u32> {
        (rk & BIT_RK != 0).then_some(rk & !BIT_RK)
    }
}

impl std::fmt::Debug for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(op) = self.try_opcode() else { return write!(f, "?{:#010x}", self.0) };
        write!(f, "{} {} {} {}", op.name(), self.a(), self.b(), self.c())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn fields_do_not_overlap() {
        let i = Instruction::abc(OpCode::SetTable, 0xff, 0x1ff, 0x1ff);
        assert_eq!((i.a(), i.b(), i.c()), (0xff, 0x1ff, 0x1ff));
        assert_eq!(i.opcode(), OpCode::SetTable);
        assert_eq!(i.with_a(0).with_b(1).with_c(2), Instruction::abc(OpCode::SetTable, 0, 1, 2));
    }

    #[test]
    fn jumps_reach_both_ends() {
        for offset in [-MAX_SBX, -1, 0, 1, MAX_SBX] {
            assert_eq!(Instruction::asbx(OpCode::Jmp, 0, offset).sbx(), offset);
            assert_eq!(Instruction::asbx(OpCode::Jmp, 0, 0).with_sbx(offset).sbx(), offset);
        }
    }

    #[test]
    fn layout_is_the_documented_one() {
        assert_eq!(Instruction::abc(OpCode::Move, 1, 2, 3).0, 1 << 6 | 3 << 14 | 2 << 23);
        assert_eq!(Instruction::constant_of(Instruction::rk_constant(7)), Some(7));
        assert_eq!(Instruction::constant_of(7), None);
    }
}
