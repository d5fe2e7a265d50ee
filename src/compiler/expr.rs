//! The walk over expressions.
//!
//! Everything here happens in the order of PUC's parser, and `pos` is kept where that parser would be: each expression
//! begins by setting it to the position before its first token, and ends by setting it after its last.

use super::constants::ConstantKind;
use super::emit::{Exp, ExpKind, MULTIPLE};
use super::state::{LocalName, Variable};
use super::{Compiler, Result};
use crate::bytecode::{FIELDS_PER_FLUSH, Instruction, MAX_C, OpCode, VarargFlags};
use crate::syntax::Symbol;
use crate::syntax::ast::{Expr, ExprKind, Field, FieldKind, Function, Id, List, Suffix, SuffixKind};

/// A size as PUC's "floating point byte": `eeeeexxx` is `(1xxx) * 2^(eeeee - 1)`, or `xxx` if `eeeee` is 0.
fn float_byte(mut size: u32) -> u32 {
    let mut exponent = 0;
    while size >= 16 {
        size = (size + 1) >> 1;
        exponent += 1;
    }
    if size < 8 { size } else { (exponent + 1) << 3 | (size - 8) }
}

impl<'a> Compiler<'a> {
    pub(super) fn expr(&mut self, id: Id<Expr>) -> Result<Exp> {
        self.level(|compiler| compiler.expr_level(id))
    }

    fn expr_level(&mut self, id: Id<Expr>) -> Result<Exp> {
        self.work(1)?;
        let ast = self.ast;
        let expr = &ast.exprs[id];
        self.move_to(expr.begin)?;
        let exp = match expr.kind {
            ExprKind::Nil => Exp::new(ExpKind::Nil),
            ExprKind::True => Exp::new(ExpKind::True),
            ExprKind::False => Exp::new(ExpKind::False),
            ExprKind::Number(n) => Exp::new(ExpKind::Number(n)),
            ExprKind::String(symbol) => self.string(symbol)?,
            ExprKind::Vararg => Exp::new(ExpKind::Vararg(self.emit_abc(OpCode::VarArg, 0, 1, 0)?)),
            ExprKind::Name(symbol) => {
                self.move_to(expr.end)?;
                self.variable(symbol)?
            }
            ExprKind::Function(function) => return self.function(&ast.functions[function]),
            ExprKind::Table(fields) => return self.table(expr, fields),
            ExprKind::Paren(inner) => {
                let mut exp = self.expr(inner)?;
                self.move_to(expr.end)?;
                // Parentheses leave one value, which cannot be assigned to.
                self.discharge_vars(&mut exp)?;
                exp
            }
            ExprKind::Suffixed(base, suffixes) => return self.suffixed(base, suffixes),
            ExprKind::Unary(op, operand) => {
                let mut exp = self.expr(operand)?;
                self.unary(op, &mut exp)?;
                exp
            }
            ExprKind::Chain(first, links) => {
                let mut left = self.expr(first)?;
                for link in ast.links.iter(links) {
                    let link = ast.links[link];
                    self.move_to(ast.exprs[link.operand].begin)?;
                    self.infix(link.op, &mut left)?;
                    let right = self.expr(link.operand)?;
                    self.posfix(link.op, &mut left, right)?;
                }
                left
            }
        };
        self.move_to(expr.end)?;
        Ok(exp)
    }

    /// Compiles a list; all but the last expression are in registers then. Gives the number and the last one.
    pub(super) fn expr_list(&mut self, list: List<Expr>) -> Result<(u32, Exp)> {
        let ast = self.ast;
        let mut count = 0;
        let mut last = Exp::new(ExpKind::Void);
        for id in ast.exprs.iter(list) {
            if count > 0 {
                self.move_to(ast.exprs[id].begin)?;
                self.load_next(&mut last)?;
            }
            last = self.expr(id)?;
            count += 1;
        }
        Ok((count, last))
    }

    pub(super) fn variable(&mut self, name: Symbol) -> Result<Exp> {
        Ok(Exp::new(match self.resolve(name)? {
            Variable::Local(register) => ExpKind::Local(u32::from(register)),
            Variable::Upvalue(index) => ExpKind::Upvalue(u32::from(index)),
            Variable::Global => ExpKind::Global(self.constant(ConstantKind::String(name))?),
        }))
    }

    fn suffixed(&mut self, base: Id<Expr>, suffixes: List<Suffix>) -> Result<Exp> {
        let ast = self.ast;
        let mut exp = self.expr(base)?;
        let mut after_method = false;
        for id in ast.suffixes.iter(suffixes) {
            let suffix = ast.suffixes[id];
            match suffix.kind {
                SuffixKind::Field(name) => {
                    self.load_any(&mut exp)?;
                    self.move_to(suffix.end)?;
                    let mut key = self.string(name)?;
                    self.index(&mut exp, &mut key)?;
                }
                SuffixKind::Index(key) => {
                    self.load_any(&mut exp)?;
                    let mut key = self.expr(key)?;
                    self.load_value(&mut key)?;
                    self.move_to(suffix.end)?;
                    self.index(&mut exp, &mut key)?;
                }
                SuffixKind::Method(name) => {
                    self.move_to(suffix.end)?;
                    let mut key = self.string(name)?;
                    self.emit_self(&mut exp, &mut key)?;
                }
                SuffixKind::Call(args, line) => {
                    if !after_method {
                        self.load_next(&mut exp)?;
                    }
                    exp = self.call(&exp, args, suffix, line)?;
                }
            }
            after_method = matches!(suffix.kind, SuffixKind::Method(_));
        }
        Ok(exp)
    }

    fn call(&mut self, function: &Exp, args: List<Expr>, suffix: Suffix, line: u32) -> Result<Exp> {
        let ExpKind::NonRelocable(base) = function.kind else {
            debug_assert!(false, "a function to be called is in a register");
            return Ok(*function);
        };
        let (_, mut last) = self.expr_list(args)?;
        let is_open = last.is_multiple();
        if is_open {
            self.set_returns(&last, MULTIPLE)?;
        }
        self.move_to(suffix.end)?;
        let count = if is_open {
            MULTIPLE
        } else {
            if !matches!(last.kind, ExpKind::Void) {
                self.load_next(&mut last)?;
            }
            self.fs.free_reg - (base + 1)
        };
        let pc = self.emit_abc(OpCode::Call, base, count.wrapping_add(1), 2)?;
        self.fix_line(line);
        // The call takes the function and its arguments away, and leaves one result unless told otherwise.
        self.fs.free_reg = base + 1;
        Ok(Exp::new(ExpKind::Call(pc)))
    }

    fn table(&mut self, expr: &Expr, fields: List<Field>) -> Result<Exp> {
        let ast = self.ast;
        let pc = self.emit_abc(OpCode::NewTable, 0, 0, 0)?;
        let mut table = Exp::new(ExpKind::Relocable(pc));
        self.load_next(&mut table)?;
        let base = self.fs.free_reg - 1;
        let (mut array_size, mut hash_size, mut to_store) = (0, 0, 0);
        let mut item = Exp::new(ExpKind::Void);
        for id in ast.fields.iter(fields) {
            let field = ast.fields[id];
            self.move_to(field.begin)?;
            if !matches!(item.kind, ExpKind::Void) {
                self.load_next(&mut item)?;
                item = Exp::new(ExpKind::Void);
                if to_store == FIELDS_PER_FLUSH {
                    self.emit_set_list(base, array_size, to_store)?;
                    to_store = 0;
                }
            }
            let free_reg = self.fs.free_reg;
            let (key, value) = match field.kind {
                FieldKind::Item(value) => {
                    item = self.expr(value)?;
                    array_size += 1;
                    to_store += 1;
                    continue;
                }
                FieldKind::Named(name, value) => (self.string(name)?, value),
                FieldKind::Keyed(key, value) => {
                    let mut key = self.expr(key)?;
                    self.load_value(&mut key)?;
                    (key, value)
                }
            };
            self.keyed_field(base, key, value, free_reg)?;
            hash_size += 1;
        }
        self.move_to(expr.end)?;
        if to_store > 0 {
            if item.is_multiple() {
                self.set_returns(&item, MULTIPLE)?;
                self.emit_set_list(base, array_size, MULTIPLE)?;
                // What a call gives is not counted.
                array_size -= 1;
            } else {
                if !matches!(item.kind, ExpKind::Void) {
                    self.load_next(&mut item)?;
                }
                self.emit_set_list(base, array_size, to_store)?;
            }
        }
        let word = &mut self.fs.code[pc as usize];
        *word = word.with_b(float_byte(array_size)).with_c(float_byte(hash_size));
        Ok(table)
    }

    /// Stores a field with a key, whose registers are free again from `free_reg` on.
    fn keyed_field(&mut self, table: u32, mut key: Exp, value: Id<Expr>, free_reg: u32) -> Result<()> {
        self.move_to(self.ast.exprs[value].begin)?;
        let key_operand = self.load_operand(&mut key)?;
        let mut value = self.expr(value)?;
        let value_operand = self.load_operand(&mut value)?;
        self.emit_abc(OpCode::SetTable, table, key_operand, value_operand)?;
        self.fs.free_reg = free_reg;
        Ok(())
    }

    /// Emits the store of the last `to_store` items of `count` so far.
    fn emit_set_list(&mut self, base: u32, count: u32, to_store: u32) -> Result<()> {
        let batch = (count - 1) / FIELDS_PER_FLUSH + 1;
        let b = if to_store == MULTIPLE { 0 } else { to_store };
        if batch <= MAX_C {
            self.emit_abc(OpCode::SetList, base, b, batch)?;
        } else {
            self.emit_abc(OpCode::SetList, base, b, 0)?;
            self.emit(Instruction::extra(batch))?;
        }
        // The items are gone; the table stays.
        self.fs.free_reg = base + 1;
        Ok(())
    }

    /// Compiles a function body.
    pub(super) fn function(&mut self, function: &'a Function) -> Result<Exp> {
        let ast = self.ast;
        self.open_function(function.line);
        let mut locals = 0u8;
        for name in ast.names.iter(function.params) {
            let name = ast.names[name];
            self.move_to(name.end)?;
            self.declare_local(LocalName::Symbol(name.symbol))?;
            locals += 1;
        }
        self.move_to(function.params_end)?;
        self.activate_locals(locals);
        self.reserve(u32::from(locals))?;
        self.block_body(function.body)?;
        self.move_to(function.end)?;
        let vararg = VarargFlags {
            has_arg: function.is_vararg,
            is_vararg: function.is_vararg,
            needs_arg: function.is_vararg && !function.uses_vararg,
        };
        // The implicit `arg` is a local, but no parameter.
        let num_params = locals - u8::from(function.is_vararg);
        let proto = self.finish_function(function, num_params, vararg)?;
        let pc = self.emit_abx(OpCode::Closure, 0, 0)?;
        self.fs.functions.push((std::sync::Arc::new(proto), pc));
        Ok(Exp::new(ExpKind::Relocable(pc)))
    }
}

#[cfg(test)]
mod tests {
    use super::float_byte;
    use pretty_assertions::assert_eq;

    #[test]
    fn float_bytes() {
        let bytes: Vec<u32> = [0, 1, 7, 8, 15, 16, 17, 100, 1 << 20].map(float_byte).to_vec();
        assert_eq!(bytes, [0, 1, 7, 8, 15, 16, 17, 37, 144]);
    }
}
