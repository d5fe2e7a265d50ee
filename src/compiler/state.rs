//! The function being compiled: its blocks, local variables and upvalues.

use std::sync::Arc;

use super::constants::Constants;
use super::jumps::JumpList;
use super::{Compiler, MAX_DECLARATIONS, MAX_UPVALUES, Result};
use crate::bytecode::{Instruction, OpCode, Proto};
use crate::syntax::Symbol;

/// The name of a local variable.
#[derive(Debug, Clone, Copy)]
pub(super) enum LocalName {
    Symbol(Symbol),
    /// A variable of the compiler's own, which no program can name.
    Hidden(&'static str),
}

/// Debug information of a local variable.
#[derive(Debug)]
pub(super) struct LocalInfo {
    pub(super) name: LocalName,
    pub(super) start_pc: u32,
    pub(super) end_pc: u32,
}

#[derive(Debug)]
pub(super) struct UpvalueInfo {
    pub(super) name: Symbol,
    pub(super) in_stack: bool,
    pub(super) index: u8,
}

/// A block of the function being compiled.
#[derive(Debug)]
pub(super) struct BlockState {
    pub(super) breaks: JumpList,
    /// Locals in scope outside it.
    pub(super) locals: u8,
    /// Whether a closure captures one of its locals.
    pub(super) captured: bool,
    pub(super) is_loop: bool,
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    Local(u8),
    Upvalue(u8),
    Global,
}

/// PUC's `FuncState`.
#[derive(Debug, Default)]
pub(super) struct FunctionState {
    pub(super) code: Vec<Instruction>,
    pub(super) lines: Vec<u32>,
    pub(super) constants: Constants,
    /// Nested functions, each with its `CLOSURE`.
    pub(super) functions: Vec<(Arc<Proto>, u32)>,
    pub(super) upvalues: Vec<UpvalueInfo>,
    pub(super) locals: Vec<LocalInfo>,
    /// The locals in scope, by register: their numbers in `locals`. Those after `active` are declared, but cannot
    /// be named yet.
    scope: Vec<u16>,
    pub(super) active: u8,
    pub(super) free_reg: u32,
    pub(super) max_stack_size: u8,
    pub(super) clean_registers: u8,
    pub(super) blocks: Vec<BlockState>,
    /// Jumps to the next instruction.
    pub(super) pending: JumpList,
    /// The last position that is the target of a jump, plus one; 0 if none is.
    pub(super) last_target: u32,
    line: u32,
}

impl FunctionState {
    pub(super) fn new(line: u32) -> Self {
        FunctionState { max_stack_size: 2, line, ..Self::default() }
    }

    /// The number of the next instruction.
    pub(super) fn pc(&self) -> u32 {
        self.code.len() as u32
    }

    /// Bytes it occupies.
    pub(super) fn size(&self) -> usize {
        let code = self.code.capacity() * size_of::<Instruction>() + self.lines.capacity() * size_of::<u32>();
        let functions = self.functions.capacity() * size_of::<(Arc<Proto>, u32)>();
        code + functions + self.constants.size() + self.locals.capacity() * size_of::<LocalInfo>() + size_of::<Self>()
    }

    /// The register of the local of this name, if there is one.
    fn find_local(&self, name: Symbol) -> Option<u8> {
        let is_named = |&number: &u16| matches!(self.locals[number as usize].name, LocalName::Symbol(s) if s == name);
        self.scope[..self.active as usize].iter().rposition(is_named).map(|register| register as u8)
    }

    /// Notes that the block of a local must close it.
    fn mark_captured(&mut self, register: u8) {
        if let Some(block) = self.blocks.iter_mut().rev().find(|block| block.locals <= register) {
            block.captured = true;
        }
    }
}

impl Compiler<'_> {
    /// Declares a local variable; it is in scope from the next [`Compiler::activate_locals`].
    pub(super) fn declare_local(&mut self, name: LocalName) -> Result<()> {
        if self.fs.locals.len() >= MAX_DECLARATIONS {
            return self.error_plain("too many local variables");
        }
        self.fs.scope.push(self.fs.locals.len() as u16);
        self.fs.locals.push(LocalInfo { name, start_pc: 0, end_pc: 0 });
        Ok(())
    }

    /// Brings the next `count` declared locals into scope.
    pub(super) fn activate_locals(&mut self, count: u8) {
        let pc = self.fs.pc();
        for _ in 0..count {
            let local = &mut self.fs.locals[self.fs.scope[self.fs.active as usize] as usize];
            local.start_pc = pc;
            if let LocalName::Symbol(symbol) = local.name {
                self.declared[symbol.index()] += 1;
            }
            self.fs.active += 1;
        }
    }

    /// Ends the scope of all locals but the first `level`.
    pub(super) fn remove_locals(&mut self, level: u8) {
        let pc = self.fs.pc();
        for &number in &self.fs.scope[level as usize..] {
            let local = &mut self.fs.locals[number as usize];
            local.end_pc = pc;
            if let LocalName::Symbol(symbol) = local.name {
                self.declared[symbol.index()] -= 1;
            }
        }
        self.fs.scope.truncate(level as usize);
        self.fs.active = level;
    }

    /// The last local brought into scope begins at the next instruction after all.
    pub(super) fn restart_last_local(&mut self) {
        let pc = self.fs.pc();
        if let Some(&number) = self.fs.scope.last() {
            self.fs.locals[number as usize].start_pc = pc;
        }
    }

    pub(super) fn enter_block(&mut self, is_loop: bool) {
        let locals = self.fs.active;
        self.fs.blocks.push(BlockState { breaks: JumpList::EMPTY, locals, captured: false, is_loop });
    }

    pub(super) fn leave_block(&mut self) -> Result<()> {
        let Some(block) = self.fs.blocks.pop() else { return Ok(()) };
        self.remove_locals(block.locals);
        if block.captured {
            self.emit_abc(OpCode::Close, u32::from(block.locals), 0, 0)?;
        }
        self.fs.free_reg = u32::from(self.fs.active);
        self.patch_to_here(block.breaks)
    }

    /// Finds what a name means in the current function, making upvalues as needed.
    pub(super) fn resolve(&mut self, name: Symbol) -> Result<Variable> {
        if self.declared[name.index()] == 0 {
            return Ok(Variable::Global);
        }
        if let Some(register) = self.fs.find_local(name) {
            return Ok(Variable::Local(register));
        }
        self.work(self.outer.len())?;
        // From the inside out to the function that has the local, then back in with one upvalue in each.
        let Some(level) = self.outer.iter().rposition(|fs| fs.find_local(name).is_some()) else {
            return Ok(Variable::Global);
        };
        let Some(register) = self.outer[level].find_local(name) else { return Ok(Variable::Global) };
        self.outer[level].mark_captured(register);
        let (mut in_stack, mut index) = (true, register);
        for level in level + 1..=self.outer.len() {
            index = self.add_upvalue(level, name, in_stack, index)?;
            in_stack = false;
        }
        Ok(Variable::Upvalue(index))
    }

    /// The upvalue of the function at `level` that captures this variable.
    fn add_upvalue(&mut self, level: usize, name: Symbol, in_stack: bool, index: u8) -> Result<u8> {
        let fs = self.outer.get_mut(level).unwrap_or(&mut self.fs);
        let is_same = |upvalue: &UpvalueInfo| upvalue.in_stack == in_stack && upvalue.index == index;
        if let Some(found) = fs.upvalues.iter().position(is_same) {
            return Ok(found as u8);
        }
        let number = fs.upvalues.len() as u8;
        if u32::from(number) >= MAX_UPVALUES {
            let line = fs.line;
            return self.error_limit(line, MAX_UPVALUES, "upvalues");
        }
        fs.upvalues.push(UpvalueInfo { name, in_stack, index });
        Ok(number)
    }
}
