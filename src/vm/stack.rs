//! The flat stack: growing it, and the frames beside it.
//!
//! Growing moves the stack. Frames and open upvalues hold addresses into it, which are corrected here; whoever else
//! holds one (a local of the loop, for instance) reloads it from its frame afterwards.

use super::frame::FrameKind;
use super::limits::{MAX_FRAMES, MAX_MACHINE_CALLS, MAX_STACK};
use super::native::Throw;
use super::state::{STACK_MARGIN, State};
use crate::arena::{AllocError, Frame, Gc, TValue, Upvalue};

/// How much deeper a message handler may go than what it reports.
const HANDLER_FRAMES: usize = 1000;
const HANDLER_STACK: usize = 10_000;

impl State {
    /// Makes room for `count` values above the top of the stack. What is to be put there may have to be on the stack already, in
    /// the margin: growing may collect.
    #[cold]
    #[inline(never)]
    pub(crate) fn grow_stack(&mut self, count: usize) -> Result<(), Throw> {
        let used = self.slot_number(self.top);
        let wanted = used + count + STACK_MARGIN;
        if used + count > self.most_values() {
            return Err(self.stack_overflow());
        }
        let size = self.thread.stack_size.get() as usize;
        // One and a half times at most, so that memory stays close to what is used.
        let new = wanted.max(size + size / 2).min(wanted.max(MAX_STACK + HANDLER_STACK + STACK_MARGIN));
        self.allocate(|st| st.move_stack(new).or_else(|AllocError| st.move_stack(wanted)))
    }

    /// Makes sure that there is room for `count` values above the top.
    pub(crate) fn grow_stack_for(&mut self, count: usize) -> Result<(), Throw> {
        let room = (self.stack_limit as usize).saturating_sub(self.top as usize) / size_of::<TValue>();
        if count < room { Ok(()) } else { self.grow_stack(count + 1) }
    }

    /// Makes room for `count` values above the top, and says where the slot `func` is now.
    #[inline]
    pub(crate) fn room_above(&mut self, func: *mut TValue, count: usize) -> Result<*mut TValue, Throw> {
        if self.top.wrapping_add(count) < self.stack_limit {
            return Ok(func);
        }
        let number = self.slot_number(func);
        self.grow_stack_for(count)?;
        Ok(self.thread.stack.get().wrapping_add(number))
    }

    /// The number of a slot of the running thread's stack.
    pub(crate) fn slot_number(&self, slot: *const TValue) -> usize {
        (slot as usize - self.thread.stack.get() as usize) / size_of::<TValue>()
    }

    /// Gives the stack `size` slots, at another address.
    pub(crate) fn move_stack(&mut self, size: usize) -> Result<(), AllocError> {
        let thread = self.thread;
        let old = thread.stack.get();
        let old_size = thread.stack_size.get() as usize;
        let slot = size_of::<TValue>();
        let new = self.heap.allocate_buffer(size * slot)?.cast::<TValue>();
        // SAFETY: both blocks are that large, and distinct.
        unsafe {
            std::ptr::copy_nonoverlapping(old, new, old_size.min(size));
            for index in old_size..size {
                new.add(index).write(TValue::NIL);
            }
        }
        let moved = |address: *mut TValue| new.wrapping_byte_offset(address as isize - old as isize);
        self.top = moved(self.top);
        let mut frame = thread.frames.get();
        while frame <= self.frame {
            // SAFETY: the frames from the first to the innermost are initialised.
            unsafe {
                (*frame).base = moved((*frame).base);
                frame = frame.add(1);
            }
        }
        let mut open = thread.open_upvalues.get();
        while let Some(upvalue) = open {
            upvalue.value.set(moved(upvalue.value.get()));
            open = upvalue.next_open();
        }
        self.heap.free_buffer(old.cast(), old_size * slot);
        thread.stack.set(new);
        thread.stack_size.set(size as u32);
        self.update_limits();
        Ok(())
    }

    /// Makes room for one more frame.
    #[cold]
    #[inline(never)]
    pub(crate) fn grow_frames(&mut self) -> Result<(), Throw> {
        let thread = self.thread;
        let size = thread.frames_size.get() as usize;
        let most = self.most_frames();
        if size >= most {
            return Err(self.stack_overflow());
        }
        let new_size = (size + size / 2).max(size + 4).min(most.max(size + 1));
        self.allocate(|st| st.move_frames(new_size).or_else(|AllocError| st.move_frames(size + 1)))
    }

    /// Gives the thread room for `size` frames, more than it has.
    fn move_frames(&mut self, size: usize) -> Result<(), AllocError> {
        let thread = self.thread;
        let bytes = size_of::<Frame>();
        let old = thread.frames.get();
        let depth = (self.frame as usize - old as usize) / bytes;
        let old_size = thread.frames_size.get() as usize;
        let new = self.heap.reallocate_buffer(old.cast(), old_size * bytes, size * bytes)?.cast::<Frame>();
        thread.frames.set(new);
        thread.frames_size.set(size as u32);
        self.frame = new.wrapping_add(depth);
        self.update_limits();
        Ok(())
    }

    /// How many values the running thread may have on its stack.
    pub(super) fn most_values(&self) -> usize {
        MAX_STACK + if self.thread.handlers.get() > 0 { HANDLER_STACK } else { 0 }
    }

    /// How many frames it may have.
    pub(super) fn most_frames(&self) -> usize {
        MAX_FRAMES + if self.thread.handlers.get() > 0 { HANDLER_FRAMES } else { 0 }
    }

    /// So many message handlers run inside one another in the running thread.
    pub(super) fn set_handlers(&mut self, handlers: u32) {
        self.thread.handlers.set(handlers);
        self.update_limits();
    }

    /// "stack overflow"; a message handler has had some room more, and does not get another handler.
    fn stack_overflow(&mut self) -> Throw {
        if self.thread.handlers.get() > 0 { self.fail_handling() } else { self.run_error("stack overflow") }
    }

    /// Pushes a frame.
    #[inline]
    pub(crate) fn push_frame(&mut self, frame: Frame) -> Result<(), Throw> {
        if self.frame >= self.frame_limit {
            self.grow_frames()?;
        }
        if FrameKind::is_machine_call(frame.kind) {
            let calls = self.thread.machine_calls.get() + 1;
            if calls > MAX_MACHINE_CALLS {
                return Err(self.run_error("C stack overflow"));
            }
            self.thread.machine_calls.set(calls);
        }
        self.frame = self.frame.wrapping_add(1);
        // SAFETY: at most the limit, which is the last there is room for.
        unsafe { self.frame.write(frame) };
        Ok(())
    }

    /// A frame of this kind has been popped.
    #[inline]
    pub(crate) fn forget_machine_call(&mut self, kind: FrameKind) {
        if FrameKind::is_machine_call(kind as u8) {
            self.thread.machine_calls.set(self.thread.machine_calls.get() - 1);
        }
    }

    /// The open upvalue of a stack slot: the one there is, or a new one.
    pub(crate) fn find_upvalue(&mut self, slot: *mut TValue) -> Result<Gc<Upvalue>, AllocError> {
        let thread = self.thread;
        let mut previous: Option<Gc<Upvalue>> = None;
        let mut next = thread.open_upvalues.get();
        while let Some(upvalue) = next {
            if upvalue.value.get() == slot {
                return Ok(upvalue);
            }
            if upvalue.value.get() < slot {
                break;
            }
            previous = next;
            next = upvalue.next_open();
        }
        let upvalue = self.heap.open_upvalue(slot, next)?;
        match previous {
            Some(previous) => previous.set_next_open(Some(upvalue)),
            None => thread.open_upvalues.set(Some(upvalue)),
        }
        Ok(upvalue)
    }

    /// Closes the upvalues of the running thread at and above a slot.
    pub(crate) fn close_upvalues(&mut self, level: *mut TValue) {
        while let Some(upvalue) = self.thread.open_upvalues.get() {
            if upvalue.value.get() < level {
                break;
            }
            self.thread.open_upvalues.set(upvalue.next_open());
            upvalue.close();
            // The value comes from the stack, which is written without a barrier.
            self.heap.barrier(upvalue.header(), upvalue.get());
        }
    }
}
