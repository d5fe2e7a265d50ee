//! Jump lists.
//!
//! Jumps whose target is not known yet form a list, linked through the instruction words themselves: until it is
//! patched, a `JMP` holds the number of the next jump of its list plus one (0 at the end) in all the bits above the
//! opcode. A list is known by its first and its last jump, so that joining two takes constant time.
//!
//! A jump that is further from its target than an operand can say goes to another jump of its list that has the same
//! target and is nearer to it.

use super::emit::{Exp, ExpKind};
use super::{Compiler, Result};
use crate::bytecode::{Instruction, MAX_SBX, NO_REGISTER, OpCode};

const NONE: u32 = u32::MAX;
/// Where numbers of instructions stop fitting into a word with an opcode.
const MAX_CODE: u32 = (1 << 26) - 2;

/// A list of jumps to be patched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JumpList {
    head: u32,
    tail: u32,
}

impl Default for JumpList {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl JumpList {
    pub(super) const EMPTY: JumpList = JumpList { head: NONE, tail: NONE };

    pub(super) fn is_empty(self) -> bool {
        self.head == NONE
    }
}

fn distance(from: u32, to: u32) -> i64 {
    i64::from(to) - (i64::from(from) + 1)
}

fn reaches(from: u32, to: u32) -> bool {
    distance(from, to).abs() <= i64::from(MAX_SBX)
}

impl Compiler<'_> {
    fn next_jump(&self, jump: u32) -> Option<u32> {
        self.fs.code[jump as usize].ax().checked_sub(1)
    }

    /// Appends `other` to `list`.
    pub(super) fn join(&mut self, list: &mut JumpList, other: JumpList) {
        if other.is_empty() {
            return;
        }
        if list.is_empty() {
            *list = other;
            return;
        }
        self.fs.code[list.tail as usize] = Instruction(OpCode::Jmp as u32 | (other.head + 1) << 6);
        list.tail = other.tail;
    }

    /// Emits a jump. What would have jumped to it becomes part of its list.
    pub(super) fn emit_jump(&mut self) -> Result<JumpList> {
        let pending = std::mem::take(&mut self.fs.pending);
        if self.fs.pc() >= MAX_CODE {
            return self.error_at_token("control structure too long");
        }
        let pc = self.emit(Instruction(OpCode::Jmp as u32))?;
        let mut list = JumpList { head: pc, tail: pc };
        self.join(&mut list, pending);
        Ok(list)
    }

    /// Emits a test and the jump it controls.
    pub(super) fn emit_cond_jump(&mut self, op: OpCode, a: u32, b: u32, c: u32) -> Result<JumpList> {
        self.emit_abc(op, a, b, c)?;
        self.emit_jump()
    }

    /// Marks the next instruction as a jump target, so that it is not merged with the one before.
    pub(super) fn label(&mut self) -> u32 {
        self.fs.last_target = self.fs.pc() + 1;
        self.fs.pc()
    }

    /// Makes a jump, or the jump of a numeric loop, go to `target`.
    pub(super) fn fix_jump(&mut self, pc: u32, target: u32) -> Result<()> {
        if !reaches(pc, target) {
            return self.error_at_token("control structure too long");
        }
        let word = self.fs.code[pc as usize];
        let op = word.opcode();
        // What a jump has there is the link to the next one.
        let a = if op == OpCode::Jmp { 0 } else { word.a() };
        self.fs.code[pc as usize] = Instruction::asbx(op, a, distance(pc, target) as i32);
        Ok(())
    }

    /// The instruction that decides whether a jump is taken: the test before it, or the jump itself.
    fn jump_control(&self, jump: u32) -> usize {
        let jump = jump as usize;
        match jump.checked_sub(1) {
            Some(before) if self.fs.code[before].opcode().is_test() => before,
            _ => jump,
        }
    }

    /// Whether some jump of the list gives no value (or an inverted one).
    pub(super) fn needs_value(&self, list: JumpList) -> bool {
        let mut jump = list.head;
        while jump != NONE {
            if self.fs.code[self.jump_control(jump)].opcode() != OpCode::TestSet {
                return true;
            }
            jump = self.next_jump(jump).unwrap_or(NONE);
        }
        false
    }

    /// Makes the test of a jump set `register`, or nothing if that is [`NO_REGISTER`]. Whether there is a value.
    fn patch_test_register(&mut self, jump: u32, register: u32) -> bool {
        let control = self.jump_control(jump);
        let word = self.fs.code[control];
        if word.opcode() != OpCode::TestSet {
            return false;
        }
        self.fs.code[control] = if register != NO_REGISTER && register != word.b() {
            word.with_a(register)
        } else {
            Instruction::abc(OpCode::Test, word.b(), 0, word.c())
        };
        true
    }

    /// Lets no jump of the list set a register.
    pub(super) fn remove_values(&mut self, list: JumpList) {
        let mut jump = list.head;
        while jump != NONE {
            self.patch_test_register(jump, NO_REGISTER);
            jump = self.next_jump(jump).unwrap_or(NONE);
        }
    }

    /// Patches a list: jumps with a value go to `value_target` and set `register`, the others go to `target`.
    pub(super) fn patch(&mut self, list: JumpList, value_target: u32, register: u32, target: u32) -> Result<()> {
        if self.fs.code.len() >= MAX_SBX as usize {
            return self.patch_far(list, value_target, register, target);
        }
        let mut jump = list.head;
        while jump != NONE {
            let next = self.next_jump(jump).unwrap_or(NONE);
            let has_value = self.patch_test_register(jump, register);
            self.fix_jump(jump, if has_value { value_target } else { target })?;
            jump = next;
        }
        Ok(())
    }

    /// [`Compiler::patch`] in a function so long that a jump may not reach its target.
    fn patch_far(&mut self, list: JumpList, value_target: u32, register: u32, target: u32) -> Result<()> {
        let mut with_value = Vec::new();
        let mut without = Vec::new();
        let mut jump = list.head;
        while jump != NONE {
            let has_value = self.patch_test_register(jump, register);
            if has_value { &mut with_value } else { &mut without }.push(jump);
            jump = self.next_jump(jump).unwrap_or(NONE);
        }
        self.fix_by_relays(with_value, value_target)?;
        self.fix_by_relays(without, target)
    }

    /// Makes all these jumps go to `target`, the far ones by way of others. Jumps with different targets must not be
    /// mixed: a jump that is a relay goes on unconditionally, whatever test stands before it.
    fn fix_by_relays(&mut self, mut jumps: Vec<u32>, target: u32) -> Result<()> {
        jumps.sort_unstable_by_key(|&jump| jump.abs_diff(target));
        let mut goal = target;
        let mut nearer = target;
        for jump in jumps {
            if !reaches(jump, goal) {
                goal = nearer;
            }
            self.fix_jump(jump, goal)?;
            nearer = jump;
        }
        Ok(())
    }

    /// Patches a list to jump to `target`.
    pub(super) fn patch_list(&mut self, list: JumpList, target: u32) -> Result<()> {
        if target == self.fs.pc() {
            return self.patch_to_here(list);
        }
        self.patch(list, target, NO_REGISTER, target)
    }

    /// Lets a list jump to the next instruction, once there is one.
    pub(super) fn patch_to_here(&mut self, list: JumpList) -> Result<()> {
        self.label();
        let mut pending = self.fs.pending;
        self.join(&mut pending, list);
        self.fs.pending = pending;
        Ok(())
    }

    /// Patches the jumps to the next instruction, which is about to be emitted.
    pub(super) fn discharge_pending(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.fs.pending);
        if pending.is_empty() {
            return Ok(());
        }
        let pc = self.fs.pc();
        self.patch(pending, pc, NO_REGISTER, pc)
    }

    /// Negates the comparison that controls a jump.
    pub(super) fn invert_jump(&mut self, list: JumpList) {
        let control = self.jump_control(list.head);
        let word = self.fs.code[control];
        self.fs.code[control] = word.with_a(u32::from(word.a() == 0));
    }

    /// Emits a jump that is taken if the expression is `condition`.
    fn jump_on(&mut self, exp: &mut Exp, condition: bool) -> Result<JumpList> {
        if let ExpKind::Relocable(pc) = exp.kind {
            let word = self.fs.code[pc as usize];
            if word.opcode() == OpCode::Not {
                // The test does the negation.
                self.fs.code.pop();
                self.fs.lines.pop();
                return self.emit_cond_jump(OpCode::Test, word.b(), 0, u32::from(!condition));
            }
        }
        let register = self.load_plain(exp)?;
        self.free_exp(exp);
        self.emit_cond_jump(OpCode::TestSet, NO_REGISTER, register, u32::from(condition))
    }

    /// Emits code that goes on if the expression is true and jumps (by its false list) if not.
    pub(super) fn go_if_true(&mut self, exp: &mut Exp) -> Result<()> {
        self.discharge_vars(exp)?;
        let jump = match exp.kind {
            ExpKind::Constant(_) | ExpKind::Number(_) | ExpKind::True => JumpList::EMPTY,
            ExpKind::Jump(list) => {
                self.invert_jump(list);
                list
            }
            _ => self.jump_on(exp, false)?,
        };
        self.join(&mut exp.if_false, jump);
        self.patch_to_here(std::mem::take(&mut exp.if_true))
    }

    /// Emits code that goes on if the expression is false and jumps (by its true list) if not.
    pub(super) fn go_if_false(&mut self, exp: &mut Exp) -> Result<()> {
        self.discharge_vars(exp)?;
        let jump = match exp.kind {
            ExpKind::Nil | ExpKind::False => JumpList::EMPTY,
            ExpKind::Jump(list) => list,
            _ => self.jump_on(exp, true)?,
        };
        self.join(&mut exp.if_true, jump);
        self.patch_to_here(std::mem::take(&mut exp.if_false))
    }
}

#[cfg(test)]
mod tests {
    use crate::bytecode::OpCode;
    use crate::compiler::compile;
    use pretty_assertions::assert_eq;

    #[test]
    fn relays_lead_to_the_target() {
        let source = format!("if a{} then b() end c()", " and a".repeat(100_000));
        let proto = compile(source.as_bytes(), b"=t").unwrap();
        // All jumps leave the `if`: past the call of `b`.
        let target = proto.code.len() - 3;
        for start in 0..proto.code.len() {
            let (mut pc, mut hops) = (start, 0);
            while proto.code[pc].opcode() == OpCode::Jmp {
                pc = (pc as i64 + 1 + i64::from(proto.code[pc].sbx())) as usize;
                hops += 1;
            }
            if hops > 0 {
                assert_eq!(pc, target);
                assert!(hops <= 4, "{hops} jumps instead of one");
            }
        }
    }

    #[test]
    fn loops_that_are_too_long_are_refused() {
        let source = format!("while x do {} end", "f() ".repeat(100_000));
        let error = compile(source.as_bytes(), b"=t").unwrap_err();
        assert_eq!(error.to_string(), "t:1: control structure too long near 'end'");
    }
}
