//! Relowering: the machine is asked for something else, and all code is lowered anew. Running functions go on in the new code, at the
//! place that corresponds to where they were.
//!
//! Invariants: what an instruction has decided stays decided (a word it stands at may be the jump that says so); an instruction
//! that has begun is neither repeated nor lost, but for one at its safepoint, which has done nothing yet; an instruction that the
//! new code has made a part of the one before is found there ([`entry_of`]).

use std::collections::{HashMap, HashSet};

use super::foreign::find_word;
use super::frame::FrameKind;
use super::lower::{LOWER_STUB, Lowering, jump_target};
use super::op::{Op, d};
use super::state::State;
use crate::arena::{Frame, FunctionProto, Gc, Lowered};
use crate::bytecode::{Instruction, OpCode};

impl State {
    /// The machine is asked for something else: code is lowered anew, and running functions go on in the new code.
    pub(crate) fn set_lowering(&mut self, lowering: Lowering) {
        if self.lowering == lowering {
            return;
        }
        self.lowering = lowering;
        self.watched = lowering.is_watching();
        self.forget_shadows();
        self.save_thread();
        let mut protos = Vec::new();
        self.heap.for_each_proto(|proto| protos.push(proto));
        let old: Vec<_> = protos
            .iter()
            .map(|proto| {
                proto.entry.set(LOWER_STUB.0.as_ptr());
                let old = proto.detail.lowered.borrow_mut().take();
                self.heap.debt -= old.as_ref().map_or(0, |old| old.size() as isize);
                old
            })
            .collect();
        let numbers: HashMap<_, _> = protos.iter().enumerate().map(|(index, proto)| (proto.as_ptr(), index)).collect();
        let code_of =
            |proto: Gc<FunctionProto>| numbers.get(&proto.as_ptr()).and_then(|&index: &usize| old[index].as_deref());
        let mut threads = Vec::new();
        self.heap.for_each_thread(|thread| threads.push(thread));
        let mut stranded = HashSet::new();
        for thread in threads {
            let mut frame = thread.frames.get();
            let innermost = thread.frame.get();
            while frame <= innermost {
                // SAFETY: the frames from the bottom to the innermost are initialised.
                let (frame_ref, above) = unsafe { (&mut *frame, (frame < innermost).then(|| &mut *frame.add(1))) };
                frame = frame.wrapping_add(1);
                let Some(proto) = Self::frame_proto(frame_ref) else { continue };
                let Some(old) = code_of(proto) else {
                    // It has not begun.
                    frame_ref.pc = proto.entry.get();
                    continue;
                };
                if stranded.contains(&proto.as_ptr()) {
                    continue;
                }
                if proto.detail.lowered.borrow().is_none() && self.lower(proto).is_err() {
                    stranded.insert(proto.as_ptr());
                    continue;
                }
                let lowered = proto.detail.lowered.borrow();
                if let Some(new) = lowered.as_deref() {
                    frame_ref.pc = translate(&proto.detail.proto.code, old, new, frame_ref.pc, above);
                }
            }
        }
        // Without memory for the new code of a function that runs, it goes on in the old one.
        for (proto, old) in protos.iter().zip(old).filter(|(proto, _)| stranded.contains(&proto.as_ptr())) {
            if let Some(old) = old {
                self.heap.debt += old.size() as isize;
                proto.entry.set(old.words.as_ptr().cast());
                *proto.detail.lowered.borrow_mut() = Some(old);
            }
        }
    }

    /// Hooks have been set or removed. As long as one runs, the code keeps what called it: the function that it was called in is
    /// at that place to messages and tracebacks.
    pub(crate) fn update_hooks(&mut self) {
        let mut hooks = 0;
        let before = self.lowering.hooks;
        self.heap.for_each_thread(|thread| {
            if thread.in_hook.get() {
                hooks |= before;
            }
            if !thread.hook.get().is_nil() {
                hooks |= thread.hook_mask.get();
            }
        });
        self.set_lowering(Lowering { hooks, ..self.lowering });
    }
}

/// The place in `new` code that `pc` is in `old`. `above` is the frame of what the function waits for, if it waits.
fn translate(
    code: &[Instruction],
    old: &Lowered,
    new: &Lowered,
    pc: *const u64,
    above: Option<&mut Frame>,
) -> *const u64 {
    let start = old.words.as_ptr().cast::<u64>();
    let index = (pc as usize - start as usize) / size_of::<u64>();
    new.words.as_ptr().cast::<u64>().wrapping_add(translate_index(code, old, new, index, above))
}

fn translate_index(
    code: &[Instruction],
    old: &Lowered,
    new: &Lowered,
    index: usize,
    above: Option<&mut Frame>,
) -> usize {
    // The word before is the one being executed; its constants belong to it.
    let Some(executing) = index.checked_sub(1) else { return 0 };
    if index < old.entries[0] as usize {
        // What comes before the first instruction has been executed, if for nothing but a hook.
        return new.entries[0] as usize;
    }
    let classic = old.classic[executing] as usize;
    match above.as_ref().map(|above| FrameKind::of(above.kind)) {
        Some(FrameKind::Test) => {
            let (Some(before), Some(now)) = (find_word(old, classic, is_decided), find_word(new, classic, is_decided))
            else {
                return end_of(new, classic);
            };
            if let Some(above) = above
                && jumps_if_it_fails(old, before) != jumps_if_it_fails(new, now)
            {
                above.extra ^= 1;
            }
            return now + 1;
        }
        Some(FrameKind::Iterator) => {
            let loops = |op| matches!(op, Op::ForIn | Op::ForInCall | Op::Foreign);
            return find_word(new, classic, loops).map_or_else(|| end_of(new, classic), |word| word + 1);
        }
        _ => {}
    }
    if let Some(next) = goes_on_at(old, index) {
        return entry_of(code, new, next);
    }
    // A hook before the instruction may have asked for the change, or a finalizer at its safepoint: then the instruction itself
    // comes next.
    let first = first_word(old, classic);
    if index <= first || index == first + 1 && Op::of(old.words[first].get()) == Op::Shadow {
        let entry = entry_of(code, new, classic);
        return if new.classic[entry] as usize == classic { first_word(new, classic) } else { entry };
    }
    if is_core(old, classic) && is_core(new, classic) {
        first_word(new, classic) + index - first
    } else {
        end_of(new, classic)
    }
}

/// What the outcome of a comparison's metamethod decides.
fn is_decided(op: Op) -> bool {
    op == Op::Skip || (Op::JumpEq as u8..=Op::JumpNkLe as u8).contains(&(op as u8))
}

/// Whether a comparison's word jumps if the classic instruction does not go on with the next one: over the jump back, or, if it
/// is an old handler's, over the jump.
fn jumps_if_it_fails(code: &Lowered, word: usize) -> bool {
    let bits = code.words[word].get();
    let behind = word + 1 + Op::of(bits).constants();
    let jumps_back = code.classic[behind] == code.classic[word] && Op::of(code.words[behind].get()) == Op::JumpBack;
    Op::of(bits) == Op::Skip || jumps_back && d(bits) as usize == behind - word
}

/// Whether the core alone executes an instruction.
fn is_core(code: &Lowered, classic: usize) -> bool {
    find_word(code, classic, |op| matches!(op, Op::Foreign | Op::Shadow | Op::Corrupt)).is_none()
}

/// The word at which an instruction begins that is about to be executed, in code that may have made it a part of the one before.
pub(super) fn entry_of(code: &[Instruction], lowered: &Lowered, classic: usize) -> usize {
    let entry = |classic: usize| lowered.entries.get(classic).map_or(0, |&entry| entry as usize);
    if lowered.classic.get(entry(classic)).is_some_and(|&pc| pc as usize == classic) {
        return entry(classic);
    }
    match code.get(classic).map(|word| (word.opcode(), *word)) {
        // A test is one word with its jump. If that is jumped to, too, it has a word of its own.
        Some((OpCode::Jmp, jump)) => entry(jump_target(classic, jump)),
        // So are two moves. The first can be executed once more.
        Some((OpCode::Move, _)) => entry(classic - 1),
        _ => entry(classic),
    }
}

/// The classic instruction that a word begins, or leads to by jumps or out of a comparison with the old handlers.
fn goes_on_at(code: &Lowered, mut index: usize) -> Option<usize> {
    // A jump leads to an instruction, or to the end of a comparison.
    for _ in 0..3 {
        let classic = *code.classic.get(index)? as usize;
        if code.entries[classic] as usize == index {
            return Some(classic);
        }
        match op_at(code, index)? {
            Op::ShadowEnd => return Some(code.words[index + 1].get() as usize),
            Op::Jump | Op::JumpBack => index = (index + 1).wrapping_add_signed(d(code.words[index].get())),
            _ => return None,
        }
    }
    None
}

/// The operation of a word; none if it is a constant, or behind the code. Words that belong to one classic instruction begin with an
/// operation wherever they are.
fn op_at(code: &Lowered, index: usize) -> Option<Op> {
    let classic = *code.classic.get(index)?;
    let before = code.classic[..index].iter().rev().take_while(|&&pc| pc == classic).count();
    let mut word = index - before;
    while word < index {
        word += 1 + Op::of(code.words[word].get()).constants();
    }
    (word == index).then(|| Op::of(code.words[word].get()))
}

/// Behind the words of a classic instruction.
fn end_of(code: &Lowered, classic: usize) -> usize {
    let mut index = code.entries[classic] as usize;
    while code.classic.get(index).is_some_and(|&pc| pc as usize == classic) {
        index += 1;
    }
    index.min(code.words.len() - 1)
}

/// The first word of a classic instruction that executes it.
fn first_word(code: &Lowered, classic: usize) -> usize {
    let mut index = code.entries[classic] as usize;
    while matches!(Op::of(code.words[index].get()), Op::Fuel | Op::Hook | Op::HookCall | Op::Profile) {
        index += 1;
    }
    index
}
