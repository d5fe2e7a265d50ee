//! Lowering: from the classic bytecode of a [`Proto`] to the words the loop executes.
//!
//! This is the one switchboard. What an instruction becomes depends on its operands (register or constant, and of which type), on
//! its neighbours (a comparison and its jump are one word), and on what the machine is asked to do besides: count instructions
//! against a limit, call hooks, profile. The loop knows nothing of that, and code that is not asked for any of it
//! is as if it did not exist.
//!
//! Each word remembers its classic pc ([`Lowered::classic`]), and each classic instruction its first word
//! ([`Lowered::entries`]): errors find their line, and a frame can move to code lowered in another way, at a call or at
//! a jump back.
//!
//! Invariants: every classic instruction that can be jumped to, or follows a call, has a word of its own; operands
//! are in bounds because the compiler and the verifier keep them so; the last word never falls through.

use super::debug::hook_mask;
use super::lower_routed::Exit;
use super::op::{Op, word};
use super::profile::point;
use super::state::State;
use crate::arena::string::MAX_SHORT;
use crate::arena::table::{MAX_INDEX, array_index};
use crate::arena::{AllocError, FunctionProto, Gc, Lowered, TValue};
use crate::bytecode::{FIELDS_PER_FLUSH, Instruction, OpCode, Proto};
use crate::kernel::memory::probe;
use crate::router::{Route, Routes};
use std::cell::Cell;

/// What the machine is asked to do besides executing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lowering {
    /// Count instructions against the limits.
    pub(crate) limits: bool,
    /// Hooks of any thread, as a mask.
    pub(crate) hooks: u8,
    pub(crate) profile: bool,
    /// The number of the routing policy that is not all core; 0 for all core.
    pub(crate) routes: u32,
    /// The opcode that the core is to get wrong.
    pub(crate) fault: Option<OpCode>,
    /// Insert the keys of a constructor one by one, as PUC does.
    pub(crate) puc_order: bool,
}

impl Lowering {
    /// Whether native calls have to be watched.
    pub(super) fn is_watching(self) -> bool {
        self.hooks != 0 || self.profile || self.routes != 0
    }

    /// Whether nothing is asked for that has to know where each instruction begins.
    fn only_executes(self) -> bool {
        !self.is_watching() && self.fault.is_none()
    }

    /// Whether hooks are told of instructions or lines.
    pub(super) fn hooks_instructions(self) -> bool {
        self.hooks & (hook_mask::LINE | hook_mask::COUNT) != 0
    }

    /// Whether hooks are told of calls, so that each has to be made.
    pub(super) fn hooks_calls(self) -> bool {
        self.hooks & (hook_mask::CALL | hook_mask::RETURN) != 0
    }
}

/// The code of every function that has not been called yet.
pub(crate) struct LowerStub(pub(crate) [u64; 1]);
pub(crate) static LOWER_STUB: LowerStub = LowerStub([Op::Lower as u64]);

/// Instructions of a function for which a call pays one unit more.
const CODE_PER_UNIT: u32 = 16;
/// How many bits the number of a loop's instructions has in the words that jump back and count them.
const JUMP_BACK_BITS: u32 = 24;
const FOR_LOOP_BITS: u32 = 16;

const ARITH: [[Op; 3]; 6] = [
    [Op::Add, Op::AddK, Op::KAdd],
    [Op::Sub, Op::SubK, Op::KSub],
    [Op::Mul, Op::MulK, Op::KMul],
    [Op::Div, Op::DivK, Op::KDiv],
    [Op::Mod, Op::ModK, Op::KMod],
    [Op::Pow, Op::PowK, Op::KPow],
];

/// Number of elements meant by a size in the "floating point byte" of `NEWTABLE` (`mmmxxxxx`: `mmm` shifted).
fn table_size(byte: u32) -> u32 {
    let exponent = byte >> 3 & 31;
    if exponent == 0 { byte } else { ((byte & 7) + 8) << (exponent - 1) }
}

pub(super) struct Lowerer<'a> {
    pub(super) proto: &'a Proto,
    constants: &'a [TValue],
    pub(super) options: Lowering,
    pub(super) routes: Routes,
    pub(super) words: Vec<u64>,
    classic: Vec<u32>,
    entries: Vec<u32>,
    /// Words whose `D` is a jump, and the classic pc they jump to.
    fixups: Vec<(usize, usize)>,
    /// Jumps out of instructions that are compared with the old handlers'.
    pub(super) exits: Vec<Exit>,
    /// Whether such an instruction is being lowered.
    pub(super) exits_are_compared: bool,
    /// Classic instructions that something jumps to.
    pub(super) targets: Vec<bool>,
    /// Jumps that were merged into the word before but are jumped to, too: they get a word behind everything else.
    detached: Vec<usize>,
    templates: Vec<Vec<usize>>,
    slow_return: bool,
    pub(super) pc: usize,
}

impl<'a> Lowerer<'a> {
    fn new(proto: &'a Proto, constants: &'a [TValue], options: Lowering, routes: Routes) -> Self {
        let code = &proto.code;
        let mut targets = vec![false; code.len() + 1];
        for (pc, word) in code.iter().enumerate() {
            match word.opcode() {
                OpCode::Jmp | OpCode::ForPrep | OpCode::ForLoop => targets[jump_target(pc, *word)] = true,
                OpCode::LoadBool if word.c() != 0 => targets[pc + 2] = true,
                op if op.is_test() => targets[pc + 2] = true,
                _ => {}
            }
        }
        let captures = proto.functions().any(|function| function.upvalues.iter().any(|upvalue| upvalue.in_stack));
        Lowerer {
            proto,
            constants,
            options,
            routes,
            exits: Vec::new(),
            exits_are_compared: false,
            words: Vec::with_capacity(code.len() * 3 / 2),
            classic: Vec::with_capacity(code.len() * 3 / 2),
            entries: vec![0; code.len() + 1],
            fixups: Vec::new(),
            targets,
            detached: Vec::new(),
            templates: Vec::new(),
            slow_return: captures || proto.vararg.is_vararg || options.is_watching(),
            pc: 0,
        }
    }

    pub(super) fn emit(&mut self, op: Op, a: u32, b: u32, c: u32, d: u32) {
        self.raw(word(op, a, b, c, d));
    }

    pub(super) fn raw(&mut self, bits: u64) {
        self.words.push(bits);
        self.classic.push(self.pc as u32);
    }

    fn constant(&mut self, index: u32) {
        self.raw(self.constants[index as usize].bits());
    }

    /// Emits a word that jumps to a classic instruction. A jump back goes through a `JumpBack`.
    pub(super) fn jump(&mut self, op: Op, a: u32, b: u32, target: usize) {
        if self.exits_are_compared {
            self.exits.push((self.words.len(), self.pc, target));
        } else {
            self.fixups.push((self.words.len(), target));
        }
        self.emit(op, a, b, 0, 0);
    }

    /// Emits a word that jumps back, of a loop whose instructions it counts against the limits: their number takes so many bits below
    /// its distance.
    fn paid_jump(&mut self, op: Op, a: u32, bits: u32, target: usize) {
        self.fixups.push((self.words.len(), target));
        self.raw(word(op, a, 0, 0, 0) | u64::from(self.loop_size(target)) << (32 - bits));
    }

    /// Whether a loop can pay in the word that jumps back, which has so many bits for the number. Where frames move between routes
    /// it pays in a word of its own.
    fn pays_in_jump(&self, target: usize, bits: u32) -> bool {
        self.options.limits && target <= self.pc && self.options.only_executes() && self.loop_size(target) >> bits == 0
    }

    /// How many instructions a loop has, whose jump back is the present one.
    fn loop_size(&self, target: usize) -> u32 {
        (self.pc - target + 1) as u32
    }

    /// Makes a word jump to another.
    pub(super) fn set_jump(&mut self, word: usize, to: usize) {
        let distance = to as i64 - (word as i64 + 1);
        self.words[word] = self.words[word] & 0xffff_ffff | (distance as i32 as u32 as u64) << 32;
    }

    /// Emits a conditional jump to `target`; `op` jumps if the condition holds, `inverse` if it does not.
    fn branch(&mut self, [op, inverse]: [Op; 2], a: u32, b: u32, constant: Option<u32>, target: usize) {
        if target > self.pc {
            self.jump(op, a, b, target);
            if let Some(constant) = constant {
                self.constant(constant);
            }
            return;
        }
        let over = 1 + op.constants() as u32;
        self.emit(inverse, a, b, 0, over);
        if let Some(constant) = constant {
            self.constant(constant);
        }
        self.jump(Op::JumpBack, 0, 0, target);
    }

    fn short_string(&self, constant: u32) -> bool {
        self.constants[constant as usize].as_string().is_some_and(|s| s.len() <= MAX_SHORT)
    }

    /// The array index a constant names.
    fn index_constant(&self, constant: u32) -> Option<u32> {
        let index = array_index(self.constants[constant as usize].as_number()?);
        (index < MAX_INDEX).then_some(index)
    }

    fn run(mut self) -> (Lowered, Vec<Vec<usize>>) {
        let code = &self.proto.code;
        if self.options.routes != 0 {
            self.emit(Op::ShadowEntry, 0, 0, 0, 0);
        }
        self.clean_registers();
        if self.options.hooks & hook_mask::CALL != 0 {
            self.emit(Op::HookCall, 0, 0, 0, 0);
        }
        if self.options.limits || self.options.profile {
            // A call costs something even if nothing else in the function does.
            self.prologue();
        }
        while self.pc < code.len() {
            let pc = self.pc;
            self.entries[pc] = self.words.len() as u32;
            if self.options.profile {
                self.emit(Op::Profile, point::INSTRUCTION, 0, 0, pc as u32);
            }
            // A jump that belongs to a test is no instruction of its own.
            let is_merged = pc > 0 && code[pc - 1].opcode().is_test();
            if self.options.hooks_instructions() && !is_merged {
                self.emit(Op::Hook, 0, 0, 0, pc as u32);
            }
            let used = self.routed(code[pc]);
            for extra in pc + 1..pc + used {
                self.entries[extra] = self.words.len() as u32;
            }
            self.pc = pc + used;
        }
        for pc in std::mem::take(&mut self.detached) {
            self.pc = pc;
            self.entries[pc] = self.words.len() as u32;
            if self.options.profile {
                self.emit(Op::Profile, point::INSTRUCTION, 0, 0, pc as u32);
            }
            self.back_cost(jump_target(pc, code[pc]));
            self.plain_jump(jump_target(pc, code[pc]));
        }
        self.compared_exits();
        for (word, target) in std::mem::take(&mut self.fixups) {
            self.set_jump(word, self.entries[target] as usize);
        }
        let lowered = Lowered {
            words: self.words.into_iter().map(Cell::new).collect(),
            classic: self.classic.into(),
            entries: self.entries.into(),
        };
        (lowered, self.templates)
    }

    /// A frame's registers hold anything when it begins; those that the function takes for nil are made so.
    fn clean_registers(&mut self) {
        let vararg = self.proto.vararg;
        let first = self.proto.num_params + u8::from(vararg.needs_arg);
        let end = self.proto.clean_registers.max(self.proto.num_params + u8::from(vararg.has_arg));
        if first < end {
            self.emit(Op::LoadNils, first.into(), u32::from(end) - 1, 0, 0);
        }
    }

    fn prologue(&mut self) {
        if self.options.limits {
            // No instruction of a call is executed twice without a jump back, which pays for what it repeats.
            self.emit(Op::Fuel, 0, 0, 0, 1 + self.proto.code.len() as u32 / CODE_PER_UNIT);
        }
        if self.options.profile {
            self.emit(Op::Profile, point::ENTRY, 0, 0, 0);
        }
    }

    fn plain_jump(&mut self, target: usize) {
        let op = if target <= self.pc { Op::JumpBack } else { Op::Jump };
        self.jump(op, 0, 0, target);
    }

    /// Charges a loop's body, once for each time round, in front of the instruction that ends it, whatever executes that: the
    /// loop's own or a jump. If that is behind a test, it is the test.
    pub(super) fn loop_cost(&mut self, i: Instruction) {
        let (pc, code) = (self.pc, &self.proto.code);
        let target = match i.opcode() {
            OpCode::ForLoop if self.pays_in_jump(jump_target(pc, i), FOR_LOOP_BITS) => return,
            OpCode::Jmp if self.pays_in_jump(jump_target(pc, i), JUMP_BACK_BITS) => return,
            OpCode::ForLoop => jump_target(pc, i),
            OpCode::Jmp if pc == 0 || !code[pc - 1].opcode().is_test() => jump_target(pc, i),
            // Behind a test there always is one.
            op if op.is_test() => jump_target(pc + 1, code[pc + 1]),
            _ => return,
        };
        self.back_cost(target);
    }

    fn back_cost(&mut self, target: usize) {
        if self.options.limits && target <= self.pc {
            self.emit(Op::Fuel, 0, 0, 0, self.loop_size(target));
        }
    }

    /// The target of the jump after a test, which becomes part of the test's word if it is the core's.
    fn merged_jump(&mut self) -> usize {
        let pc = self.pc + 1;
        if !self.merges_jump() {
            return pc;
        }
        if self.targets[pc] {
            self.detached.push(pc);
        }
        jump_target(pc, self.proto.code[pc])
    }

    fn merges_jump(&self) -> bool {
        self.routes.of(OpCode::Jmp) == Route::Core && self.options.fault != Some(OpCode::Jmp)
    }

    /// Behind a test's words: returns how many classic instructions they cover.
    fn end_test(&mut self) -> usize {
        if self.merges_jump() {
            return 2;
        }
        self.jump(Op::Jump, 0, 0, self.pc + 2);
        1
    }

    /// Emits the core's words of one instruction; returns how many classic instructions they cover.
    pub(super) fn instruction(&mut self, i: Instruction) -> usize {
        let (a, b, c) = (i.a(), i.b(), i.c());
        let rk = Instruction::constant_of;
        match i.opcode() {
            OpCode::Move => return self.moves(i),
            OpCode::LoadK => {
                self.emit(Op::LoadK, a, 0, 0, 0);
                self.constant(i.bx());
            }
            OpCode::LoadBool => {
                self.emit(if b != 0 { Op::LoadTrue } else { Op::LoadFalse }, a, 0, 0, 0);
                if c != 0 {
                    self.jump(Op::Jump, 0, 0, self.pc + 2);
                }
            }
            OpCode::LoadNil if a == b => self.emit(Op::LoadNil, a, 0, 0, 0),
            OpCode::LoadNil => self.emit(Op::LoadNils, a, b, 0, 0),
            OpCode::GetUpval => self.emit(Op::GetUpval, a, b, 0, 0),
            OpCode::SetUpval => self.emit(Op::SetUpval, a, b, 0, 0),
            OpCode::GetGlobal | OpCode::SetGlobal => {
                let op = if i.opcode() == OpCode::GetGlobal { Op::GetGlobal } else { Op::SetGlobal };
                // A name longer than a short string has no cache; the word says so.
                self.emit(op, a, 0, u32::from(!self.short_string(i.bx())), 0);
                self.constant(i.bx());
            }
            OpCode::GetTable => match rk(c) {
                None => self.emit(Op::GetIndex, a, b, c, 0),
                Some(k) if self.short_string(k) => {
                    self.emit(Op::GetField, a, b, 0, 0);
                    self.constant(k);
                }
                Some(k) => match self.index_constant(k) {
                    Some(index) => self.emit(Op::GetInt, a, b, 0, index),
                    None => {
                        self.emit(Op::GetKey, a, b, 0, 0);
                        self.constant(k);
                    }
                },
            },
            OpCode::SetTable => self.set_table(a, b, c),
            OpCode::NewTable => self.new_table(a, table_size(b), table_size(c)),
            OpCode::Self_ => match rk(c) {
                None => self.emit(Op::SelfIndex, a, b, c, 0),
                Some(k) => {
                    let op = if self.short_string(k) { Op::SelfField } else { Op::SelfKey };
                    self.emit(op, a, b, 0, 0);
                    self.constant(k);
                }
            },
            OpCode::Add | OpCode::Sub | OpCode::Mul | OpCode::Div | OpCode::Mod | OpCode::Pow => self.arith(i),
            OpCode::Unm => self.emit(Op::Unm, a, b, 0, 0),
            OpCode::Not => self.emit(Op::Not, a, b, 0, 0),
            OpCode::Len => self.emit(Op::Len, a, b, 0, 0),
            OpCode::Concat => self.emit(Op::Concat, a, b, c, 0),
            OpCode::Jmp => {
                let target = jump_target(self.pc, i);
                if self.pays_in_jump(target, JUMP_BACK_BITS) {
                    self.paid_jump(Op::JumpBackPaid, 0, JUMP_BACK_BITS, target);
                } else {
                    self.plain_jump(target);
                }
            }
            OpCode::Eq | OpCode::Lt | OpCode::Le => {
                self.compare(i);
                return self.end_test();
            }
            OpCode::Test => {
                let target = self.merged_jump();
                // The jump is taken if the value's truth is C.
                let ops = if c != 0 { [Op::JumpIf, Op::JumpIfNot] } else { [Op::JumpIfNot, Op::JumpIf] };
                self.branch(ops, a, 0, None, target);
                return self.end_test();
            }
            OpCode::TestSet => {
                let target = self.merged_jump();
                if target > self.pc {
                    self.jump(if c != 0 { Op::JumpIfSet } else { Op::JumpIfNotSet }, a, b, target);
                } else {
                    // Over the move and the jump.
                    self.emit(if c != 0 { Op::JumpIfNot } else { Op::JumpIf }, b, 0, 0, 2);
                    self.emit(Op::Move, a, b, 0, 0);
                    self.jump(Op::JumpBack, 0, 0, target);
                }
                return self.end_test();
            }
            OpCode::Call if self.options.hooks_calls() => {
                self.emit(Op::CallFull, a, b.saturating_sub(1), c.wrapping_sub(1) & 0xff, u32::from(b == 0));
            }
            OpCode::Call if b == 0 => self.emit(Op::CallOpen, a, 0, c.wrapping_sub(1) & 0xff, 0),
            OpCode::Call => self.emit(Op::Call, a, b - 1, c.wrapping_sub(1) & 0xff, 0),
            OpCode::TailCall if b == 0 => self.emit(Op::TailCallOpen, a, 0, 0, 0),
            OpCode::TailCall => self.emit(Op::TailCall, a, b - 1, 0, 0),
            OpCode::Return => self.return_(a, b),
            OpCode::ForPrep if self.options.hooks_instructions() => {
                self.jump(Op::ForStart, a, 0, jump_target(self.pc, i));
            }
            OpCode::ForPrep => self.jump(Op::ForPrep, a, 0, jump_target(self.pc, i) + 1),
            OpCode::ForLoop => {
                let target = jump_target(self.pc, i);
                let is_up = self.step_is_positive(target, a);
                if self.pays_in_jump(target, FOR_LOOP_BITS) {
                    self.paid_jump(if is_up { Op::ForLoopUpPaid } else { Op::ForLoopPaid }, a, FOR_LOOP_BITS, target);
                } else {
                    self.jump(if is_up { Op::ForLoopUp } else { Op::ForLoop }, a, 0, target);
                }
            }
            OpCode::TForLoop => {
                let target = self.merged_jump();
                self.emit(if self.options.hooks_calls() { Op::ForInCall } else { Op::ForIn }, a, 0, c, 0);
                self.jump(Op::JumpBack, 0, 0, target);
                return self.end_test();
            }
            OpCode::SetList => return self.set_list(a, b, c),
            OpCode::VarArg => self.emit(Op::VarArg, a, 0, 0, b.wrapping_sub(1)),
            OpCode::Closure => self.emit(Op::Closure, a, 0, 0, i.bx()),
            OpCode::Close => self.emit(Op::Close, a, 0, 0, 0),
            // Only ever behind a `SETLIST`, which has taken it.
            OpCode::ExtraArg => {}
        }
        1
    }

    /// Two moves in a row are one word.
    fn moves(&mut self, i: Instruction) -> usize {
        let second = self.proto.code.get(self.pc + 1).copied();
        if let Some(second) = second.filter(|s| s.opcode() == OpCode::Move)
            && !self.targets[self.pc + 1]
            && self.options.only_executes()
        {
            self.emit(Op::Move2, i.a(), i.b(), second.a(), second.b());
            return 2;
        }
        self.emit(Op::Move, i.a(), i.b(), 0, 0);
        1
    }

    fn set_table(&mut self, a: u32, b: u32, c: u32) {
        let value = Instruction::constant_of(c);
        let register = if value.is_some() { 0 } else { c };
        let choose = |plain, constant| if value.is_some() { constant } else { plain };
        match Instruction::constant_of(b) {
            None => self.emit(choose(Op::SetIndex, Op::SetIndexK), a, b, register, 0),
            Some(k) if self.short_string(k) => {
                self.emit(choose(Op::SetField, Op::SetFieldK), a, 0, register, 0);
                self.constant(k);
            }
            Some(k) => match self.index_constant(k) {
                Some(index) => self.emit(choose(Op::SetInt, Op::SetIntK), a, 0, register, index),
                None => {
                    self.emit(choose(Op::SetKey, Op::SetKeyK), a, 0, register, 0);
                    self.constant(k);
                }
            },
        }
        if let Some(value) = value {
            self.constant(value);
        }
    }

    fn new_table(&mut self, a: u32, array: u32, nodes: u32) {
        if array == 0 && nodes == 0 {
            return self.emit(Op::NewTable, a, 0, 0, 0);
        }
        let keys = if self.options.puc_order { Vec::new() } else { self.constructor_keys(a, nodes as usize) };
        if keys.is_empty() {
            self.emit(Op::NewTableSized, a, 0, 0, array);
            return self.raw(u64::from(nodes));
        }
        self.emit(Op::NewTableLike, a, 0, 0, array);
        self.raw(self.templates.len() as u64);
        self.templates.push(keys);
    }

    /// The constant string keys that the constructor beginning here will store, as far as that is obvious. A wrong guess
    /// does no harm: a key without a value is not in the table.
    fn constructor_keys(&self, table: u32, limit: usize) -> Vec<usize> {
        const MOST: usize = 32;
        let mut keys = Vec::new();
        if limit > MOST {
            return keys;
        }
        for (pc, word) in self.proto.code.iter().enumerate().skip(self.pc + 1) {
            if keys.len() == limit || self.targets[pc] {
                break;
            }
            match word.opcode() {
                OpCode::SetTable if word.a() == table => match Instruction::constant_of(word.b()) {
                    Some(key) if self.short_string(key) && !keys.contains(&(key as usize)) => {
                        keys.push(key as usize);
                    }
                    _ => {}
                },
                // Items of other constructors and expressions are computed above the table.
                OpCode::SetTable | OpCode::SetList if word.a() >= table => {}
                OpCode::Jmp | OpCode::Return | OpCode::SetGlobal | OpCode::SetUpval | OpCode::SetTable => break,
                op if op.is_test() => break,
                _ if word.a() <= table => break,
                _ => {}
            }
        }
        // Fewer keys than were announced: others are computed, and need the room.
        if keys.len() < limit { Vec::new() } else { keys }
    }

    fn arith(&mut self, i: Instruction) {
        let (a, b, c) = (i.a(), i.b(), i.c());
        let ops = ARITH[(i.opcode() as u8 - OpCode::Add as u8) as usize];
        match (Instruction::constant_of(b), Instruction::constant_of(c)) {
            (None, None) => self.emit(ops[0], a, b, c, 0),
            (None, Some(k)) => {
                self.emit(ops[1], a, b, 0, 0);
                self.constant(k);
            }
            (Some(k), None) => {
                self.emit(ops[2], a, 0, c, 0);
                self.constant(k);
            }
            (Some(left), Some(right)) => {
                // Folding refused it (a division by zero), or it is an error; the target serves as operand.
                self.emit(Op::LoadK, a, 0, 0, 0);
                self.constant(left);
                self.emit(ops[1], a, a, 0, 0);
                self.constant(right);
            }
        }
    }

    fn compare(&mut self, i: Instruction) {
        let target = self.merged_jump();
        let (b, c) = (i.b(), i.c());
        let (left, right) = (Instruction::constant_of(b), Instruction::constant_of(c));
        // The jump is taken if the outcome is A.
        let order = |ops: [Op; 2]| if i.a() != 0 { ops } else { [ops[1], ops[0]] };
        use Op::*;
        let [plain, right_k, left_k] = match i.opcode() {
            OpCode::Eq => [[JumpEq, JumpNe]; 3],
            OpCode::Lt => [[JumpLt, JumpNlt], [JumpLtK, JumpNltK], [JumpKLt, JumpNkLt]],
            _ => [[JumpLe, JumpNle], [JumpLeK, JumpNleK], [JumpKLe, JumpNkLe]],
        };
        match (left, right) {
            (None, None) => self.branch(order(plain), b, c, None, target),
            (None, Some(k)) if i.opcode() == OpCode::Eq => self.equals_constant(i, b, k, target),
            (Some(k), None) if i.opcode() == OpCode::Eq => self.equals_constant(i, c, k, target),
            (None, Some(k)) => self.branch(order(right_k), b, 0, Some(k), target),
            (Some(k), None) => self.branch(order(left_k), 0, c, Some(k), target),
            (Some(left), Some(right)) => self.compare_constants(i, left, right, target),
        }
    }

    fn equals_constant(&mut self, i: Instruction, register: u32, constant: u32, target: usize) {
        let value = self.constants[constant as usize];
        let [equal, other] = if value.is_number() { [Op::JumpEqN, Op::JumpNeN] } else { [Op::JumpEqK, Op::JumpNeK] };
        let is_long = value.as_string().is_some_and(|string| string.is_long());
        let ops = if i.a() != 0 { [equal, other] } else { [other, equal] };
        self.branch(ops, register, u32::from(is_long), Some(constant), target);
    }

    /// A comparison of two constants: known now, unless a metamethod or an error decides it when it is executed.
    fn compare_constants(&mut self, i: Instruction, left: u32, right: u32, target: usize) {
        let (l, r) = (self.constants[left as usize], self.constants[right as usize]);
        let outcome = match i.opcode() {
            OpCode::Eq => Some(l.raw_equals(r)),
            op => {
                let less = op == OpCode::Lt;
                match (l.as_number(), r.as_number(), l.as_string(), r.as_string()) {
                    (Some(l), Some(r), ..) => Some(if less { l < r } else { l <= r }),
                    (_, _, Some(l), Some(r)) => Some(if less { l.bytes() < r.bytes() } else { l.bytes() <= r.bytes() }),
                    _ => None,
                }
            }
        };
        match outcome {
            Some(outcome) if outcome == (i.a() != 0) => self.plain_jump(target),
            Some(_) => {}
            None => {
                // The register above all of the function's is free: frames have one to spare.
                let spare = u32::from(self.proto.max_stack_size).min(255);
                self.emit(Op::LoadK, spare, 0, 0, 0);
                self.constant(left);
                use Op::*;
                let ops = if i.opcode() == OpCode::Lt { [JumpLtK, JumpNltK] } else { [JumpLeK, JumpNleK] };
                let ops = if i.a() != 0 { ops } else { [ops[1], ops[0]] };
                self.branch(ops, spare, 0, Some(right), target);
            }
        }
    }

    pub(super) fn watch_return(&mut self) {
        if self.options.hooks & hook_mask::RETURN != 0 {
            self.emit(Op::HookCall, 1, 0, 0, 0);
        }
        if self.options.profile {
            self.emit(Op::Profile, point::RETURN, 0, 0, 0);
        }
    }

    fn return_(&mut self, a: u32, b: u32) {
        match b {
            _ if self.slow_return => self.emit(Op::ReturnSlow, a, 0, 0, b.wrapping_sub(1)),
            0 => self.emit(Op::ReturnOpen, a, 0, 0, 0),
            1 => self.emit(Op::Return0, 0, 0, 0, 0),
            2 => self.emit(Op::Return1, a, 0, 0, 0),
            _ => self.emit(Op::Return, a, 0, 0, b - 1),
        }
    }

    /// Whether the step of the loop whose body begins at `body` is a positive constant.
    fn step_is_positive(&self, body: usize, a: u32) -> bool {
        let Some(load) = body.checked_sub(2).map(|pc| self.proto.code[pc]) else { return false };
        load.opcode() == OpCode::LoadK
            && load.a() == a + 2
            && !self.targets[body - 1]
            && self.constants[load.bx() as usize].as_number().is_some_and(|step| step > 0.0)
    }

    fn set_list(&mut self, a: u32, b: u32, c: u32) -> usize {
        let (batch, used) = match c {
            0 => (self.proto.code[self.pc + 1].ax(), 2),
            _ => (c, 1),
        };
        let first = (batch - 1).saturating_mul(FIELDS_PER_FLUSH);
        if b == 0 {
            self.emit(Op::SetListOpen, a, 0, 0, first);
        } else {
            self.emit(Op::SetList, a, b, 0, first);
        }
        used
    }
}

pub(super) fn jump_target(pc: usize, word: Instruction) -> usize {
    (pc as i64 + 1 + i64::from(word.sbx())) as usize
}

impl State {
    /// Lowers a function as the machine is asked to at present.
    pub(crate) fn lower(&mut self, proto: Gc<FunctionProto>) -> Result<(), AllocError> {
        /// Bytes that lowering takes for each byte of a function.
        const BYTES_PER_BYTE: usize = 8;
        probe(proto.detail.proto.size() * BYTES_PER_BYTE)?;
        let routes = self.routes_of(&proto.detail.proto.source);
        let lowerer = Lowerer::new(&proto.detail.proto, &proto.detail.constants, self.lowering, routes);
        let (lowered, template_keys) = lowerer.run();
        let before = self.heap.total();
        let mut templates = Vec::with_capacity(template_keys.len());
        for keys in template_keys {
            let template = self.heap.table_sized(0, keys.len())?;
            for key in keys {
                template.set(&mut self.heap, proto.detail.constants[key], TValue::TRUE).map_err(|_| AllocError)?;
            }
            template.make_template();
            templates.push(template);
        }
        // Nothing fails from here on: until then the old code may be needed, and its templates with it.
        for template in &templates {
            self.heap.barrier(proto.header(), (*template).into());
        }
        *proto.detail.templates.borrow_mut() = templates;
        let old = proto.detail.size();
        proto.entry.set(lowered.words.as_ptr().cast());
        *proto.detail.lowered.borrow_mut() = Some(Box::new(lowered));
        self.heap.debt += proto.detail.size() as isize - old as isize;
        if let Some(profile) = &mut self.profile {
            profile.excuse(before, self.heap.total());
        }
        Ok(())
    }
}
