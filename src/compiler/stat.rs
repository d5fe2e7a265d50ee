//! The walk over statements.

use super::constants::ConstantKind;
use super::emit::{Exp, ExpKind, MULTIPLE};
use super::jumps::JumpList;
use super::state::LocalName;
use super::{Compiler, Result};
use crate::bytecode::OpCode;
use crate::syntax::ast::{Block, Clause, Expr, Function, Id, List, Name, Stat, StatKind};

/// How a `for` loop goes on.
#[derive(Clone, Copy)]
enum ForKind {
    Numeric,
    Generic,
}

impl<'a> Compiler<'a> {
    /// Compiles the statements of a block, in the scope already open.
    pub(super) fn block_body(&mut self, block: Block) -> Result<()> {
        self.move_to(block.begin)?;
        self.statements(block.stats)?;
        self.move_to(block.end)
    }

    pub(super) fn statements(&mut self, stats: List<Stat>) -> Result<()> {
        let ast = self.ast;
        for id in ast.stats.iter(stats) {
            self.level(|compiler| compiler.statement(&ast.stats[id]))?;
            self.fs.free_reg = u32::from(self.fs.active);
        }
        Ok(())
    }

    fn block(&mut self, block: Block) -> Result<()> {
        self.enter_block(false);
        self.block_body(block)?;
        self.leave_block()
    }

    fn statement(&mut self, stat: &'a Stat) -> Result<()> {
        let ast = self.ast;
        match stat.kind {
            StatKind::Call(call) => {
                if let ExpKind::Call(pc) = self.expr(call)?.kind {
                    let word = &mut self.fs.code[pc as usize];
                    *word = word.with_c(1);
                }
                Ok(())
            }
            StatKind::Assign(targets, values) => self.assignment(targets, values),
            StatKind::Local(names, values) => self.local(stat, names, values),
            StatKind::LocalFunction(name, function) => self.local_function(name, &ast.functions[function]),
            StatKind::Function(target, function, line) => {
                let variable = self.expr(target)?;
                let mut value = self.function(&ast.functions[function])?;
                self.store(&variable, &mut value)?;
                // PUC gives the line to the last instruction. If that is a capture, the closure keeps its own.
                let is_closure = self.fs.code.last().is_some_and(|word| word.opcode() == OpCode::Closure);
                if !is_closure || self.fs.functions.last().is_some_and(|(proto, _)| proto.upvalues.is_empty()) {
                    self.fix_line(line);
                }
                Ok(())
            }
            StatKind::Do(block) => self.block(block),
            StatKind::While(condition, body) => {
                let start = self.label();
                let exit = self.condition(condition)?;
                self.enter_block(true);
                self.block(body)?;
                let back = self.emit_jump()?;
                self.patch_list(back, start)?;
                self.leave_block()?;
                self.patch_to_here(exit)
            }
            StatKind::Repeat(body, condition) => self.repeat(body, condition),
            StatKind::If(clauses) => self.if_statement(clauses),
            StatKind::NumericFor(name, values, body, line) => self.numeric_for(name, values, body, line),
            StatKind::GenericFor(names, values, body, line) => self.generic_for(names, values, body, line),
            StatKind::Return(values) => self.return_statement(stat, values),
            StatKind::Break => {
                self.move_to(stat.end)?;
                self.break_statement()
            }
        }
    }

    /// Compiles a condition; gives the jumps taken if it does not hold.
    fn condition(&mut self, condition: Id<Expr>) -> Result<JumpList> {
        let mut exp = self.expr(condition)?;
        if matches!(exp.kind, ExpKind::Nil) {
            exp.kind = ExpKind::False;
        }
        self.go_if_true(&mut exp)?;
        Ok(exp.if_false)
    }

    fn if_statement(&mut self, clauses: List<Clause>) -> Result<()> {
        let ast = self.ast;
        let mut escapes = JumpList::EMPTY;
        let mut otherwise = JumpList::EMPTY;
        let mut is_first = true;
        for id in ast.clauses.iter(clauses) {
            let clause = ast.clauses[id];
            if !is_first {
                let escape = self.emit_jump()?;
                self.join(&mut escapes, escape);
                self.patch_to_here(std::mem::take(&mut otherwise))?;
            }
            is_first = false;
            if let Some(condition) = clause.condition {
                otherwise = self.condition(condition)?;
            }
            self.block(clause.body)?;
        }
        self.join(&mut escapes, otherwise);
        self.patch_to_here(escapes)
    }

    fn repeat(&mut self, body: Block, condition: Id<Expr>) -> Result<()> {
        let start = self.label();
        self.enter_block(true);
        self.enter_block(false);
        self.block_body(body)?;
        // The condition sees the locals of the body.
        let again = self.condition(condition)?;
        if !self.fs.blocks.last().is_some_and(|block| block.captured) {
            self.leave_block()?;
            self.patch_list(again, start)?;
        } else {
            // Both ways out of the body have to close its locals.
            self.break_statement()?;
            self.patch_to_here(again)?;
            self.leave_block()?;
            let back = self.emit_jump()?;
            self.patch_list(back, start)?;
        }
        self.leave_block()
    }

    fn break_statement(&mut self) -> Result<()> {
        let mut captured = false;
        let mut level = self.fs.blocks.len();
        while level > 0 && !self.fs.blocks[level - 1].is_loop {
            captured |= self.fs.blocks[level - 1].captured;
            level -= 1;
        }
        let Some(level) = level.checked_sub(1) else {
            debug_assert!(false, "the parser accepts breaks in loops only");
            return Ok(());
        };
        if captured {
            self.emit_abc(OpCode::Close, u32::from(self.fs.blocks[level].locals), 0, 0)?;
        }
        let jump = self.emit_jump()?;
        let mut breaks = self.fs.blocks[level].breaks;
        self.join(&mut breaks, jump);
        self.fs.blocks[level].breaks = breaks;
        Ok(())
    }

    fn declare_hidden(&mut self, names: [&'static str; 3]) -> Result<()> {
        names.into_iter().try_for_each(|name| self.declare_local(LocalName::Hidden(name)))
    }

    fn declare_name(&mut self, name: Id<Name>) -> Result<()> {
        let name = self.ast.names[name];
        self.move_to(name.end)?;
        self.declare_local(LocalName::Symbol(name.symbol))
    }

    fn numeric_for(&mut self, name: Id<Name>, values: List<Expr>, body: Block, line: u32) -> Result<()> {
        let ast = self.ast;
        self.enter_block(true);
        let base = self.fs.free_reg;
        self.move_to(ast.names[name].end)?;
        self.declare_hidden(["(for index)", "(for limit)", "(for step)"])?;
        self.declare_name(name)?;
        let mut count = 0;
        for value in ast.exprs.iter(values) {
            let mut exp = self.expr(value)?;
            self.load_next(&mut exp)?;
            count += 1;
        }
        if count < 3 {
            let one = self.constant(ConstantKind::Number(1.0))?;
            self.emit_abx(OpCode::LoadK, self.fs.free_reg, one)?;
            self.reserve(1)?;
        }
        self.for_body(base, body, line, 1, ForKind::Numeric)
    }

    fn generic_for(&mut self, names: List<Name>, values: List<Expr>, body: Block, line: u32) -> Result<()> {
        let ast = self.ast;
        self.enter_block(true);
        let base = self.fs.free_reg;
        if let Some(first) = names.first() {
            self.move_to(ast.names[first].end)?;
        }
        self.declare_hidden(["(for generator)", "(for state)", "(for control)"])?;
        let mut count = 0;
        for name in ast.names.iter(names) {
            self.declare_name(name)?;
            count += 1;
        }
        let (given, mut last) = self.expr_list(values)?;
        self.adjust(3, given, &mut last)?;
        // Room to call the generator.
        self.check_stack(3)?;
        self.for_body(base, body, line, count, ForKind::Generic)
    }

    fn for_body(&mut self, base: u32, body: Block, line: u32, variables: u8, kind: ForKind) -> Result<()> {
        self.activate_locals(3);
        self.move_to(body.begin)?;
        let (prepare, entry) = match kind {
            ForKind::Numeric => {
                let pc = self.emit_abx(OpCode::ForPrep, base, 0)?;
                (pc, JumpList::EMPTY)
            }
            ForKind::Generic => {
                let jump = self.emit_jump()?;
                (self.fs.pc() - 1, jump)
            }
        };
        self.enter_block(false);
        self.activate_locals(variables);
        self.reserve(u32::from(variables))?;
        self.block(body)?;
        self.leave_block()?;
        match kind {
            ForKind::Numeric => {
                let here = self.label();
                self.fix_jump(prepare, here)?;
                let pc = self.emit_abx(OpCode::ForLoop, base, 0)?;
                self.fix_line(line);
                self.fix_jump(pc, prepare + 1)?;
            }
            ForKind::Generic => {
                self.patch_to_here(entry)?;
                self.emit_abc(OpCode::TForLoop, base, 0, u32::from(variables))?;
                self.fix_line(line);
                let back = self.emit_jump()?;
                self.patch_list(back, prepare + 1)?;
            }
        }
        self.leave_block()
    }

    fn local(&mut self, stat: &Stat, names: List<Name>, values: List<Expr>) -> Result<()> {
        let ast = self.ast;
        let mut count = 0u8;
        for name in ast.names.iter(names) {
            self.declare_name(name)?;
            count += 1;
        }
        let (given, mut last) = self.expr_list(values)?;
        self.move_to(stat.end)?;
        self.adjust(u32::from(count), given, &mut last)?;
        self.activate_locals(count);
        Ok(())
    }

    fn local_function(&mut self, name: Id<Name>, function: &'a Function) -> Result<()> {
        self.declare_name(name)?;
        let variable = Exp::new(ExpKind::Local(self.fs.free_reg));
        self.reserve(1)?;
        self.activate_locals(1);
        let mut value = self.function(function)?;
        self.store(&variable, &mut value)?;
        // Debug information shows the variable from here on, when it has its value.
        self.restart_last_local();
        Ok(())
    }

    /// Makes `given` values, of which the last is still open, `wanted` values in registers.
    fn adjust(&mut self, wanted: u32, given: u32, last: &mut Exp) -> Result<()> {
        if last.is_multiple() {
            let extra = (wanted + 1).saturating_sub(given);
            self.set_returns(last, extra)?;
            return if extra > 1 { self.reserve(extra - 1) } else { Ok(()) };
        }
        if !matches!(last.kind, ExpKind::Void) {
            self.load_next(last)?;
        }
        if wanted > given {
            let register = self.fs.free_reg;
            self.reserve(wanted - given)?;
            self.emit_nil(register, wanted - given)?;
        }
        Ok(())
    }

    fn return_statement(&mut self, stat: &Stat, values: List<Expr>) -> Result<()> {
        if values.is_empty() {
            self.move_to(stat.end)?;
            return self.emit_return(0, 0);
        }
        let (count, mut last) = self.expr_list(values)?;
        let first = u32::from(self.fs.active);
        if last.is_multiple() {
            self.set_returns(&last, MULTIPLE)?;
            if let ExpKind::Call(pc) = last.kind
                && count == 1
            {
                let word = &mut self.fs.code[pc as usize];
                *word = crate::bytecode::Instruction::abc(OpCode::TailCall, word.a(), word.b(), word.c());
            }
            return self.emit_return(first, MULTIPLE);
        }
        if count == 1 {
            let register = self.load_any(&mut last)?;
            return self.emit_return(register, 1);
        }
        self.load_next(&mut last)?;
        self.emit_return(first, count)
    }

    fn assignment(&mut self, targets: List<Expr>, values: List<Expr>) -> Result<()> {
        let ast = self.ast;
        let mut variables: Vec<Exp> = Vec::new();
        for target in ast.exprs.iter(targets) {
            let variable = self.expr(target)?;
            if let ExpKind::Local(register) = variable.kind {
                self.avoid_conflict(&mut variables, register)?;
            }
            variables.push(variable);
        }
        let wanted = variables.len() as u32;
        let (given, mut last) = self.expr_list(values)?;
        let mut variables = variables.into_iter().rev();
        if given == wanted {
            self.set_one_return(&mut last);
            if let Some(variable) = variables.next() {
                self.store(&variable, &mut last)?;
            }
        } else {
            self.adjust(wanted, given, &mut last)?;
            self.fs.free_reg -= given.saturating_sub(wanted);
        }
        for variable in variables {
            let mut value = Exp::new(ExpKind::NonRelocable(self.fs.free_reg - 1));
            self.store(&variable, &mut value)?;
        }
        Ok(())
    }

    /// A local is assigned to in the same statement as fields of it, or with it as a key: those use a copy.
    fn avoid_conflict(&mut self, earlier: &mut [Exp], register: u32) -> Result<()> {
        let copy = self.fs.free_reg;
        let mut conflict = false;
        for variable in earlier {
            if let ExpKind::Indexed(table, key) = &mut variable.kind {
                for operand in [table, key] {
                    if *operand == register {
                        *operand = copy;
                        conflict = true;
                    }
                }
            }
        }
        if conflict {
            self.emit_abc(OpCode::Move, copy, register, 0)?;
            self.reserve(1)?;
        }
        Ok(())
    }
}
