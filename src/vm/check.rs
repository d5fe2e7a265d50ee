//! The check of a whole machine, for tests: the [heap's](crate::arena::Heap::check), and what the machine adds to it.

use super::frame::FrameKind;
use super::native::Ctx;
use super::state::State;

impl State {
    /// Says what is first found wrong.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        self.save_thread();
        self.heap.check()?;
        if self.heap.running != Some(self.thread) {
            return Err("the heap believes that another thread runs".into());
        }
        let mut wrong = None;
        self.heap.for_each_thread(|thread| {
            let mut frame = thread.frames.get();
            let mut machine_calls = 0;
            while frame <= thread.frame.get() {
                // SAFETY: the frames from the first to the innermost are initialised.
                let kind = FrameKind::of(unsafe { (*frame).kind });
                machine_calls += u32::from(FrameKind::is_machine_call(kind as u8));
                if (kind == FrameKind::Bottom) != (frame == thread.frames.get()) {
                    wrong = Some("a frame that is not the first is the bottom, or the first is not".to_owned());
                }
                frame = frame.wrapping_add(1);
            }
            if machine_calls != thread.machine_calls.get() {
                let counted = thread.machine_calls.get();
                wrong = Some(format!("{machine_calls} frames of the machine's own, {counted} counted"));
            }
        });
        wrong.map_or(Ok(()), Err)
    }
}

impl Ctx<'_> {
    /// Says what is first found wrong in the whole machine.
    pub(crate) fn heap_check(&mut self) -> Result<(), String> {
        self.st.check()
    }
}
