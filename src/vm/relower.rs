//! Relowering: the machine is asked for something else, and all code is lowered anew. Running functions go on in the new code, at the
//! place that corresponds to where they were.

use super::foreign::find_word;
use super::frame::FrameKind;
use super::lower::{LOWER_STUB, Lowering};
use super::op::{Op, d};
use super::state::State;
use crate::arena::{Frame, FunctionProto, Gc, Lowered};

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
        let code_of = |proto: Gc<FunctionProto>| {
            protos.iter().position(|&other| other == proto).and_then(|index| old[index].as_deref())
        };
        let mut threads = Vec::new();
        self.heap.for_each_thread(|thread| threads.push(thread));
        let mut stranded = Vec::new();
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
                if proto.detail.lowered.borrow().is_none() && self.lower(proto).is_err() {
                    stranded.push(proto);
                    continue;
                }
                let lowered = proto.detail.lowered.borrow();
                if let Some(new) = lowered.as_deref() {
                    frame_ref.pc = translate(old, new, frame_ref.pc, above);
                }
            }
        }
        // Without memory for the new code of a function that runs, it goes on in the old one.
        for (proto, old) in protos.iter().zip(old).filter(|(proto, _)| stranded.contains(proto)) {
            if let Some(old) = old {
                self.heap.debt += old.size() as isize;
                proto.entry.set(old.words.as_ptr().cast());
                *proto.detail.lowered.borrow_mut() = Some(old);
            }
        }
    }

    /// Hooks have been set or removed.
    pub(crate) fn update_hooks(&mut self) {
        let mut hooks = 0;
        self.heap.for_each_thread(|thread| hooks |= thread.hook_mask.get());
        self.set_lowering(Lowering { hooks, ..self.lowering });
    }
}

/// The place in `new` code that `pc` is in `old`. `above` is the frame of what the function waits for, if it waits.
fn translate(old: &Lowered, new: &Lowered, pc: *const u64, above: Option<&mut Frame>) -> *const u64 {
    let start = old.words.as_ptr().cast::<u64>();
    let index = (pc as usize - start as usize) / size_of::<u64>();
    new.words.as_ptr().cast::<u64>().wrapping_add(translate_index(old, new, index, above))
}

fn translate_index(old: &Lowered, new: &Lowered, index: usize, above: Option<&mut Frame>) -> usize {
    // The word before is the one being executed; its constants belong to it.
    let Some(executing) = index.checked_sub(1) else { return 0 };
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
            let loops = |op| matches!(op, Op::ForIn | Op::Foreign);
            return find_word(new, classic, loops).map_or_else(|| end_of(new, classic), |word| word + 1);
        }
        _ => {}
    }
    if let Some(&next) = old.classic.get(index)
        && old.entries[next as usize] as usize == index
    {
        return new.entries[next as usize] as usize;
    }
    // A hook before the instruction may have asked for the change: then the instruction itself comes next.
    let offset = index.saturating_sub(first_word(old, classic));
    if offset == 0 {
        return first_word(new, classic);
    }
    if is_core(old, classic) && is_core(new, classic) {
        first_word(new, classic) + offset
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
    Op::of(bits) == Op::Skip || d(bits) as usize == behind - word && Op::of(code.words[behind].get()) == Op::JumpBack
}

/// Whether the core alone executes an instruction.
fn is_core(code: &Lowered, classic: usize) -> bool {
    find_word(code, classic, |op| matches!(op, Op::Foreign | Op::Shadow | Op::Corrupt)).is_none()
}

/// Behind the words of a classic instruction.
fn end_of(code: &Lowered, classic: usize) -> usize {
    let mut index = code.entries[classic] as usize;
    while code.classic.get(index).is_some_and(|&pc| pc as usize == classic) {
        index += 1;
    }
    index
}

/// The first word of a classic instruction that executes it.
fn first_word(code: &Lowered, classic: usize) -> usize {
    let mut index = code.entries[classic] as usize;
    while matches!(Op::of(code.words[index].get()), Op::Fuel | Op::Hook | Op::HookCall | Op::Profile) {
        index += 1;
    }
    index
}
