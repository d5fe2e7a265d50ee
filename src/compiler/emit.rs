//! Emitting instructions, and bringing single expressions into registers (the middle part of `lcode.c`).

use super::constants::ConstantKind;
use super::jumps::JumpList;
use super::{Compiler, Result};
use crate::bytecode::{Instruction, MAX_INDEX_RK, OpCode};
use crate::syntax::Symbol;

/// Most registers of a function; PUC's `MAXSTACK`.
const MAX_REGISTERS: u32 = 250;
/// The count that stands for "all there are".
pub(super) const MULTIPLE: u32 = u32::MAX;

/// Where the value of an expression is, or how it is to be had (PUC's `expkind`).
#[derive(Debug, Clone, Copy)]
pub(super) enum ExpKind {
    /// There is no expression.
    Void,
    Nil,
    True,
    False,
    /// An entry of the constant table.
    Constant(u32),
    /// A number that is not in the constant table yet.
    Number(f64),
    /// A local variable's register.
    Local(u32),
    Upvalue(u32),
    /// A global variable, by the constant of its name.
    Global(u32),
    /// A table's register and a key (RK).
    Indexed(u32, u32),
    /// A comparison's jump.
    Jump(JumpList),
    /// An instruction whose target register is still open.
    Relocable(u32),
    /// A register.
    NonRelocable(u32),
    /// A call instruction.
    Call(u32),
    /// A `VARARG` instruction.
    Vararg(u32),
}

/// An expression being compiled (PUC's `expdesc`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Exp {
    pub(super) kind: ExpKind,
    /// Jumps that leave it when it is true.
    pub(super) if_true: JumpList,
    /// Jumps that leave it when it is false.
    pub(super) if_false: JumpList,
}

impl Exp {
    pub(super) fn new(kind: ExpKind) -> Self {
        Exp { kind, if_true: JumpList::EMPTY, if_false: JumpList::EMPTY }
    }

    fn has_jumps(&self) -> bool {
        !self.if_true.is_empty() || !self.if_false.is_empty()
    }

    /// The value, if it is a numeral that can be folded.
    pub(super) fn numeral(&self) -> Option<f64> {
        match self.kind {
            ExpKind::Number(n) if !self.has_jumps() => Some(n),
            _ => None,
        }
    }

    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.kind, ExpKind::Call(_) | ExpKind::Vararg(_))
    }
}

impl Compiler<'_> {
    /// Emits a word, at the line reached; gives its position.
    pub(super) fn emit(&mut self, word: Instruction) -> Result<u32> {
        self.work(1)?;
        self.discharge_pending()?;
        self.fs.code.push(word);
        self.fs.lines.push(self.pos.line);
        Ok(self.fs.pc() - 1)
    }

    pub(super) fn emit_abc(&mut self, op: OpCode, a: u32, b: u32, c: u32) -> Result<u32> {
        self.emit(Instruction::abc(op, a, b, c))
    }

    pub(super) fn emit_abx(&mut self, op: OpCode, a: u32, bx: u32) -> Result<u32> {
        self.emit(Instruction::abx(op, a, bx))
    }

    /// Gives the last instruction another line.
    pub(super) fn fix_line(&mut self, line: u32) {
        if let Some(last) = self.fs.lines.last_mut() {
            *last = line;
        }
    }

    pub(super) fn emit_return(&mut self, first: u32, count: u32) -> Result<()> {
        self.emit_abc(OpCode::Return, first, count.wrapping_add(1), 0).map(|_| ())
    }

    /// Sets `count` registers to nil.
    pub(super) fn emit_nil(&mut self, from: u32, count: u32) -> Result<()> {
        let pc = self.fs.pc();
        let last = from + count - 1;
        if pc >= self.fs.last_target {
            match self.fs.code.last_mut() {
                // At the start of a function all registers but the parameters are nil.
                None if from >= u32::from(self.fs.active) => {
                    self.fs.clean_registers = self.fs.clean_registers.max(last as u8 + 1);
                    return Ok(());
                }
                // One instruction does for adjacent registers.
                Some(word) if word.opcode() == OpCode::LoadNil && word.a() <= from && from <= word.b() + 1 => {
                    *word = word.with_b(last.max(word.b()));
                    return Ok(());
                }
                _ => {}
            }
        }
        self.emit_abc(OpCode::LoadNil, from, last, 0).map(|_| ())
    }

    /// Makes sure that `count` more registers exist.
    pub(super) fn check_stack(&mut self, count: u32) -> Result<()> {
        let size = self.fs.free_reg.saturating_add(count);
        if size > u32::from(self.fs.max_stack_size) {
            if size >= MAX_REGISTERS {
                return self.error_at_token("function or expression too complex");
            }
            self.fs.max_stack_size = size as u8;
        }
        Ok(())
    }

    pub(super) fn reserve(&mut self, count: u32) -> Result<()> {
        self.check_stack(count)?;
        self.fs.free_reg += count;
        Ok(())
    }

    /// Frees a register (or constant operand), if it is a temporary one.
    pub(super) fn free_register(&mut self, rk: u32) {
        if Instruction::constant_of(rk).is_none() && rk >= u32::from(self.fs.active) {
            self.fs.free_reg -= 1;
            debug_assert_eq!(rk, self.fs.free_reg, "registers are freed in the reverse order");
        }
    }

    pub(super) fn free_exp(&mut self, exp: &Exp) {
        if let ExpKind::NonRelocable(register) = exp.kind {
            self.free_register(register);
        }
    }

    pub(super) fn constant(&mut self, constant: ConstantKind) -> Result<u32> {
        match self.fs.constants.add(constant) {
            Some(number) => Ok(number),
            None => self.error_plain("constant table overflow"),
        }
    }

    pub(super) fn string(&mut self, symbol: Symbol) -> Result<Exp> {
        let constant = self.constant(ConstantKind::String(symbol))?;
        Ok(Exp::new(ExpKind::Constant(constant)))
    }

    fn word(&mut self, pc: u32) -> &mut Instruction {
        &mut self.fs.code[pc as usize]
    }

    /// Sets how many results an open call or vararg expression gives.
    pub(super) fn set_returns(&mut self, exp: &Exp, count: u32) -> Result<()> {
        match exp.kind {
            ExpKind::Call(pc) => {
                let word = self.word(pc);
                *word = word.with_c(count.wrapping_add(1));
                Ok(())
            }
            ExpKind::Vararg(pc) => {
                let register = self.fs.free_reg;
                let word = self.word(pc);
                *word = word.with_b(count.wrapping_add(1)).with_a(register);
                self.reserve(1)
            }
            _ => Ok(()),
        }
    }

    /// Makes an open call or vararg expression give one result.
    pub(super) fn set_one_return(&mut self, exp: &mut Exp) {
        match exp.kind {
            ExpKind::Call(pc) => exp.kind = ExpKind::NonRelocable(self.word(pc).a()),
            ExpKind::Vararg(pc) => {
                let word = self.word(pc);
                *word = word.with_b(2);
                exp.kind = ExpKind::Relocable(pc);
            }
            _ => {}
        }
    }

    /// Makes a variable a value.
    pub(super) fn discharge_vars(&mut self, exp: &mut Exp) -> Result<()> {
        exp.kind = match exp.kind {
            ExpKind::Local(register) => ExpKind::NonRelocable(register),
            ExpKind::Upvalue(index) => ExpKind::Relocable(self.emit_abc(OpCode::GetUpval, 0, index, 0)?),
            ExpKind::Global(name) => ExpKind::Relocable(self.emit_abx(OpCode::GetGlobal, 0, name)?),
            ExpKind::Indexed(table, key) => {
                self.free_register(key);
                self.free_register(table);
                ExpKind::Relocable(self.emit_abc(OpCode::GetTable, 0, table, key)?)
            }
            ExpKind::Call(_) | ExpKind::Vararg(_) => {
                self.set_one_return(exp);
                return Ok(());
            }
            _ => return Ok(()),
        };
        Ok(())
    }

    /// Brings a value into `register`, without its jumps.
    fn discharge_to(&mut self, exp: &mut Exp, register: u32) -> Result<()> {
        self.discharge_vars(exp)?;
        match exp.kind {
            ExpKind::Nil => self.emit_nil(register, 1)?,
            ExpKind::False => self.emit_abc(OpCode::LoadBool, register, 0, 0).map(|_| ())?,
            ExpKind::True => self.emit_abc(OpCode::LoadBool, register, 1, 0).map(|_| ())?,
            ExpKind::Constant(number) => self.emit_abx(OpCode::LoadK, register, number).map(|_| ())?,
            ExpKind::Number(n) => {
                let number = self.constant(ConstantKind::Number(n))?;
                self.emit_abx(OpCode::LoadK, register, number)?;
            }
            ExpKind::Relocable(pc) => {
                let word = self.word(pc);
                *word = word.with_a(register);
            }
            ExpKind::NonRelocable(from) => {
                if from != register {
                    self.emit_abc(OpCode::Move, register, from, 0)?;
                }
            }
            _ => return Ok(()),
        }
        exp.kind = ExpKind::NonRelocable(register);
        Ok(())
    }

    /// Brings a value into some register, without its jumps.
    pub(super) fn load_plain(&mut self, exp: &mut Exp) -> Result<u32> {
        if let ExpKind::NonRelocable(register) = exp.kind {
            return Ok(register);
        }
        self.reserve(1)?;
        let register = self.fs.free_reg - 1;
        self.discharge_to(exp, register)?;
        Ok(register)
    }

    fn emit_bool(&mut self, register: u32, value: u32, skip: u32) -> Result<u32> {
        self.label();
        self.emit_abc(OpCode::LoadBool, register, value, skip)
    }

    /// Brings an expression into `register`.
    fn load_into(&mut self, exp: &mut Exp, register: u32) -> Result<()> {
        self.discharge_to(exp, register)?;
        let is_jump = if let ExpKind::Jump(list) = exp.kind {
            self.join(&mut exp.if_true, list);
            true
        } else {
            false
        };
        if exp.has_jumps() {
            let (mut load_false, mut load_true) = (0, 0);
            if self.needs_value(exp.if_true) || self.needs_value(exp.if_false) {
                let over = if is_jump { JumpList::EMPTY } else { self.emit_jump()? };
                load_false = self.emit_bool(register, 0, 1)?;
                load_true = self.emit_bool(register, 1, 0)?;
                self.patch_to_here(over)?;
            }
            let end = self.label();
            self.patch(exp.if_false, end, register, load_false)?;
            self.patch(exp.if_true, end, register, load_true)?;
        }
        *exp = Exp::new(ExpKind::NonRelocable(register));
        Ok(())
    }

    /// Brings an expression into the next free register.
    pub(super) fn load_next(&mut self, exp: &mut Exp) -> Result<()> {
        self.discharge_vars(exp)?;
        self.free_exp(exp);
        self.reserve(1)?;
        self.load_into(exp, self.fs.free_reg - 1)
    }

    /// Brings an expression into some register.
    pub(super) fn load_any(&mut self, exp: &mut Exp) -> Result<u32> {
        self.discharge_vars(exp)?;
        if let ExpKind::NonRelocable(register) = exp.kind {
            if !exp.has_jumps() {
                return Ok(register);
            }
            if register >= u32::from(self.fs.active) {
                self.load_into(exp, register)?;
                return Ok(register);
            }
        }
        self.load_next(exp)?;
        Ok(self.fs.free_reg - 1)
    }

    /// Makes an expression a value that is not a variable.
    pub(super) fn load_value(&mut self, exp: &mut Exp) -> Result<()> {
        if exp.has_jumps() { self.load_any(exp).map(|_| ()) } else { self.discharge_vars(exp) }
    }

    /// Makes an expression an operand: a constant if there is room for one, or a register.
    pub(super) fn load_operand(&mut self, exp: &mut Exp) -> Result<u32> {
        self.load_value(exp)?;
        let constant = match exp.kind {
            ExpKind::Nil => Some(ConstantKind::Nil),
            ExpKind::True => Some(ConstantKind::Boolean(true)),
            ExpKind::False => Some(ConstantKind::Boolean(false)),
            ExpKind::Number(n) => Some(ConstantKind::Number(n)),
            _ => None,
        };
        if let Some(constant) = constant
            && self.fs.constants.len() <= MAX_INDEX_RK as usize
        {
            exp.kind = ExpKind::Constant(self.constant(constant)?);
        }
        match exp.kind {
            ExpKind::Constant(number) if number <= MAX_INDEX_RK => Ok(Instruction::rk_constant(number)),
            _ => self.load_any(exp),
        }
    }

    /// Stores a value into a variable.
    pub(super) fn store(&mut self, variable: &Exp, value: &mut Exp) -> Result<()> {
        match variable.kind {
            ExpKind::Local(register) => {
                self.free_exp(value);
                return self.load_into(value, register);
            }
            ExpKind::Upvalue(index) => {
                let register = self.load_any(value)?;
                self.emit_abc(OpCode::SetUpval, register, index, 0)?;
            }
            ExpKind::Global(name) => {
                let register = self.load_any(value)?;
                self.emit_abx(OpCode::SetGlobal, register, name)?;
            }
            ExpKind::Indexed(table, key) => {
                let operand = self.load_operand(value)?;
                self.emit_abc(OpCode::SetTable, table, key, operand)?;
            }
            _ => debug_assert!(false, "the parser accepts variables only"),
        }
        self.free_exp(value);
        Ok(())
    }

    /// Makes `exp` the field `key` of itself.
    pub(super) fn index(&mut self, exp: &mut Exp, key: &mut Exp) -> Result<()> {
        let operand = self.load_operand(key)?;
        if let ExpKind::NonRelocable(table) | ExpKind::Local(table) = exp.kind {
            exp.kind = ExpKind::Indexed(table, operand);
        }
        Ok(())
    }

    /// Emits the lookup of a method: the function and its first argument in two new registers.
    pub(super) fn emit_self(&mut self, exp: &mut Exp, key: &mut Exp) -> Result<()> {
        let object = self.load_any(exp)?;
        self.free_exp(exp);
        let function = self.fs.free_reg;
        self.reserve(2)?;
        let operand = self.load_operand(key)?;
        self.emit_abc(OpCode::Self_, function, object, operand)?;
        self.free_exp(key);
        exp.kind = ExpKind::NonRelocable(function);
        Ok(())
    }
}
