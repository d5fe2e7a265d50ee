//! Lowering of instructions that are not the core's alone: those that an old handler executes, and those that the core executes under
//! comparison with it (see [`super::foreign`] and [`super::shadow`]).
//!
//! With every opcode on the core none of this runs, and the words are those of a machine without a router.

use super::lower::Lowerer;
use super::op::Op;
use crate::bytecode::{Instruction, OpCode};
use crate::router::Route;

/// A jump that leaves a compared instruction: its word, the instruction, and the one it jumps to.
pub(super) type Exit = (usize, usize, usize);

impl Lowerer<'_> {
    /// Emits the words of one instruction by its route; returns how many classic instructions they cover.
    pub(super) fn routed(&mut self, i: Instruction) -> usize {
        if i.opcode() == OpCode::Return {
            self.watch_return();
        }
        self.loop_cost(i);
        match self.routes.of(i.opcode()) {
            Route::Core => self.core(i),
            Route::Legacy => self.foreign(i),
            Route::Shadow | Route::ShadowCore => self.shadowed(i),
        }
    }

    fn core(&mut self, i: Instruction) -> usize {
        if self.options.fault == Some(i.opcode()) { self.faulty(i) } else { self.instruction(i) }
    }

    fn foreign(&mut self, i: Instruction) -> usize {
        let pc = self.pc;
        let allocates = matches!(i.opcode(), OpCode::NewTable | OpCode::Closure | OpCode::Concat);
        self.emit(Op::Foreign, 0, 0, u32::from(allocates), pc as u32);
        match i.opcode() {
            OpCode::Eq | OpCode::Lt | OpCode::Le => self.jump(Op::Skip, 0, 0, pc + 2),
            OpCode::TForLoop => {
                // An iterator that returns goes on with the first of these, or past it.
                self.jump(Op::Jump, 0, 0, pc + 1);
                self.jump(Op::Jump, 0, 0, pc + 2);
            }
            OpCode::SetList if i.c() == 0 => return 2,
            _ => {}
        }
        1
    }

    fn shadowed(&mut self, i: Instruction) -> usize {
        let pc = self.pc;
        if i.opcode().is_test() {
            // Where the old answer stands, the jump behind may have to be executed on its own.
            self.targets[pc + 1] = true;
        }
        let old_stands = self.routes.of(i.opcode()) == Route::Shadow;
        self.emit(Op::Shadow, u32::from(old_stands), 0, 0, pc as u32);
        self.exits_are_compared = true;
        let used = self.core(i);
        self.exits_are_compared = false;
        if !matches!(i.opcode(), OpCode::Jmp | OpCode::Return) || self.options.fault.is_some() {
            self.shadow_end(pc, pc + used);
        }
        used
    }

    fn shadow_end(&mut self, pc: usize, next: usize) {
        self.emit(Op::ShadowEnd, 0, 0, 0, pc as u32);
        self.raw(next as u64);
    }

    /// Behind everything else: the places that jumps out of compared instructions go through.
    pub(super) fn compared_exits(&mut self) {
        for (word, pc, target) in std::mem::take(&mut self.exits) {
            self.pc = pc;
            self.set_jump(word, self.words.len());
            self.shadow_end(pc, target);
            let op = if target <= pc { Op::JumpBack } else { Op::Jump };
            self.jump(op, 0, 0, target);
        }
    }
}
