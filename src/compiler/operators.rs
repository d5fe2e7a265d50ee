//! Operators: constant folding, arithmetic, comparison and logic (the last part of `lcode.c`).

use super::emit::{Exp, ExpKind};
use super::{Compiler, Result};
use crate::bytecode::OpCode;
use crate::syntax::ast::{BinaryOp, UnaryOp};

/// The result of an operation on two numerals, unless it is better left to run time.
fn fold(op: OpCode, a: f64, b: f64) -> Option<f64> {
    let result = match op {
        OpCode::Add => a + b,
        OpCode::Sub => a - b,
        OpCode::Mul => a * b,
        OpCode::Div if b != 0.0 => a / b,
        OpCode::Mod if b != 0.0 => a - (a / b).floor() * b,
        OpCode::Pow => a.powf(b),
        OpCode::Unm => -a,
        _ => return None,
    };
    (!result.is_nan()).then_some(result)
}

impl Compiler<'_> {
    fn emit_arith(&mut self, op: OpCode, left: &mut Exp, right: &mut Exp) -> Result<()> {
        if let (Some(a), Some(b)) = (left.numeral(), right.numeral())
            && let Some(result) = fold(op, a, b)
        {
            left.kind = ExpKind::Number(result);
            return Ok(());
        }
        let b = if matches!(op, OpCode::Unm | OpCode::Len) { 0 } else { self.load_operand(right)? };
        let a = self.load_operand(left)?;
        if a > b {
            self.free_exp(left);
            self.free_exp(right);
        } else {
            self.free_exp(right);
            self.free_exp(left);
        }
        left.kind = ExpKind::Relocable(self.emit_abc(op, 0, a, b)?);
        Ok(())
    }

    fn emit_comparison(&mut self, op: OpCode, condition: bool, left: &mut Exp, right: &mut Exp) -> Result<()> {
        let mut a = self.load_operand(left)?;
        let mut b = self.load_operand(right)?;
        self.free_exp(right);
        self.free_exp(left);
        let mut condition = condition;
        if !condition && op != OpCode::Eq {
            // `a > b` is `b < a`.
            std::mem::swap(&mut a, &mut b);
            condition = true;
        }
        left.kind = ExpKind::Jump(self.emit_cond_jump(op, u32::from(condition), a, b)?);
        Ok(())
    }

    fn negate(&mut self, exp: &mut Exp) -> Result<()> {
        self.discharge_vars(exp)?;
        match exp.kind {
            ExpKind::Nil | ExpKind::False => exp.kind = ExpKind::True,
            ExpKind::Constant(_) | ExpKind::Number(_) | ExpKind::True => exp.kind = ExpKind::False,
            ExpKind::Jump(list) => self.invert_jump(list),
            _ => {
                let register = self.load_plain(exp)?;
                self.free_exp(exp);
                exp.kind = ExpKind::Relocable(self.emit_abc(OpCode::Not, 0, register, 0)?);
            }
        }
        std::mem::swap(&mut exp.if_true, &mut exp.if_false);
        // The jumps leave with the inverted value, so that what they tested is of no use.
        self.remove_values(exp.if_false);
        self.remove_values(exp.if_true);
        Ok(())
    }

    pub(super) fn unary(&mut self, op: UnaryOp, exp: &mut Exp) -> Result<()> {
        let mut unused = Exp::new(ExpKind::Number(0.0));
        match op {
            UnaryOp::Not => self.negate(exp),
            UnaryOp::Minus => {
                if exp.numeral().is_none() {
                    self.load_any(exp)?;
                }
                self.emit_arith(OpCode::Unm, exp, &mut unused)
            }
            UnaryOp::Len => {
                self.load_any(exp)?;
                self.emit_arith(OpCode::Len, exp, &mut unused)
            }
        }
    }

    /// Treats the left operand, when the operator has been read.
    pub(super) fn infix(&mut self, op: BinaryOp, left: &mut Exp) -> Result<()> {
        match op {
            BinaryOp::And => self.go_if_true(left),
            BinaryOp::Or => self.go_if_false(left),
            // The operands of a concatenation are adjacent registers.
            BinaryOp::Concat => self.load_next(left),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Pow
                if left.numeral().is_some() =>
            {
                Ok(())
            }
            _ => self.load_operand(left).map(|_| ()),
        }
    }

    /// Applies an operator, when the right operand has been read; the result is in `left`.
    pub(super) fn posfix(&mut self, op: BinaryOp, left: &mut Exp, mut right: Exp) -> Result<()> {
        let right = &mut right;
        match op {
            BinaryOp::And => {
                self.discharge_vars(right)?;
                self.join(&mut right.if_false, left.if_false);
                *left = *right;
                Ok(())
            }
            BinaryOp::Or => {
                self.discharge_vars(right)?;
                self.join(&mut right.if_true, left.if_true);
                *left = *right;
                Ok(())
            }
            BinaryOp::Concat => self.emit_concat(left, right),
            BinaryOp::Add => self.emit_arith(OpCode::Add, left, right),
            BinaryOp::Sub => self.emit_arith(OpCode::Sub, left, right),
            BinaryOp::Mul => self.emit_arith(OpCode::Mul, left, right),
            BinaryOp::Div => self.emit_arith(OpCode::Div, left, right),
            BinaryOp::Mod => self.emit_arith(OpCode::Mod, left, right),
            BinaryOp::Pow => self.emit_arith(OpCode::Pow, left, right),
            BinaryOp::Eq => self.emit_comparison(OpCode::Eq, true, left, right),
            BinaryOp::Ne => self.emit_comparison(OpCode::Eq, false, left, right),
            BinaryOp::Lt => self.emit_comparison(OpCode::Lt, true, left, right),
            BinaryOp::Le => self.emit_comparison(OpCode::Le, true, left, right),
            BinaryOp::Gt => self.emit_comparison(OpCode::Lt, false, left, right),
            BinaryOp::Ge => self.emit_comparison(OpCode::Le, false, left, right),
        }
    }

    fn emit_concat(&mut self, left: &mut Exp, right: &mut Exp) -> Result<()> {
        self.load_value(right)?;
        if let (ExpKind::Relocable(pc), ExpKind::NonRelocable(register)) = (right.kind, left.kind)
            && self.fs.code[pc as usize].opcode() == OpCode::Concat
        {
            // One instruction does the whole chain.
            let word = &mut self.fs.code[pc as usize];
            debug_assert_eq!(register + 1, word.b(), "the operands are adjacent");
            *word = word.with_b(register);
            self.free_exp(left);
            left.kind = ExpKind::Relocable(pc);
            return Ok(());
        }
        self.load_next(right)?;
        self.emit_arith(OpCode::Concat, left, right)
    }
}
