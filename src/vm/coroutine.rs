//! Coroutines (manual §2.11, §5.2).
//!
//! Every thread has a stack and frames of its own; resuming and yielding switch which one the loop works on and never
//! recurse. So a coroutine may yield from anywhere but across a call that Rust code made: out of `table.sort`'s order function,
//! for instance.
//!
//! While a thread is resumed, its resumer's innermost frame is that of `resume` (or of the function `wrap` made), which
//! waits for what the thread yields, returns or throws.

use super::call::{Continuation, FEW, Next};
use super::frame::{FrameKind, NativeKind};
use super::limits::MAX_RESUME_DEPTH;
use super::native::{Ctx, NativeFn, NativeResult, Throw};
use super::protect::push_special;
use super::state::{STACK_MARGIN, State};
use crate::arena::{AllocError, Closure, Gc, NativeFunction, TValue, Thread, ThreadStatus};

const INITIAL_STACK: usize = 24 + STACK_MARGIN;
const INITIAL_FRAMES: usize = 4;

impl State {
    /// `resume` has been called.
    #[inline(always)]
    pub(super) fn begin_resume(&mut self) -> Result<Next, Throw> {
        let base = self.current().base;
        // SAFETY: the arguments lie between `base` and `top`.
        let thread = (base < self.top).then(|| unsafe { *base }.as_thread()).flatten();
        self.resume(thread, base.wrapping_add(1))
    }

    /// A function that `wrap` made has been called.
    #[inline(always)]
    pub(super) fn begin_wrapped(&mut self, native: Gc<NativeFunction>) -> Result<Next, Throw> {
        self.resume(native.upvalue(0).as_thread(), self.current().base)
    }

    /// Resumes a thread with the arguments from `first` on.
    fn resume(&mut self, thread: Option<Gc<Thread>>, first: *mut TValue) -> Result<Next, Throw> {
        let Some(thread) = thread else {
            return Err(self.arg_error(1, b"coroutine expected"));
        };
        if thread.status.get() != ThreadStatus::Suspended || self.resume_depth >= MAX_RESUME_DEPTH {
            return self.refuse_resume(thread.status.get());
        }
        let count = (self.top as usize - first as usize) / size_of::<TValue>();
        let resumer = self.thread;
        self.save_thread();
        resumer.status.set(ThreadStatus::Normal);
        self.load_thread(thread);
        thread.status.set(ThreadStatus::Running);
        thread.resumer.set(Some(resumer));
        self.resume_depth += 1;
        if count > FEW {
            self.heap.meter.charge_values(count)?;
        }
        let target = self.room_above(self.top, count)?;
        // SAFETY: `room_above` made room; the arguments lie on the other, suspended, stack.
        unsafe { copy_values(first, target, count) };
        self.top = target.wrapping_add(count);
        if self.current().kind == FrameKind::Bottom as u8 {
            // It starts: its function lies at the bottom of the stack.
            let start = Continuation { kind: FrameKind::Coroutine, extra: 0, wanted: -1 };
            return self.next_call(thread.stack.get(), start);
        }
        // It goes on: the arguments are the results of the `yield` it waits in.
        self.next_return(count)
    }

    #[cold]
    #[inline(never)]
    fn refuse_resume(&mut self, status: ThreadStatus) -> Result<Next, Throw> {
        let message: &[u8] = match status {
            ThreadStatus::Suspended => b"C stack overflow",
            ThreadStatus::Running => b"cannot resume running coroutine",
            ThreadStatus::Normal => b"cannot resume normal coroutine",
            ThreadStatus::Dead => b"cannot resume dead coroutine",
        };
        let text = self.new_string(message)?;
        self.resume_failed(text.into())
    }

    #[inline(always)]
    pub(super) fn begin_yield(&mut self) -> Result<Next, Throw> {
        if self.thread.boundaries.get() > 0 || self.thread.resumer.get().is_none() {
            return Err(self.run_error_at_caller("attempt to yield across metamethod/C-call boundary"));
        }
        let base = self.current().base;
        let count = (self.top as usize - base as usize) / size_of::<TValue>();
        // What is yielded leaves this stack.
        self.switch_back(ThreadStatus::Suspended, base, base, count)
    }

    fn run_error_at_caller(&mut self, message: &str) -> Throw {
        let mut text = self.position_at(0);
        text.extend_from_slice(message.as_bytes());
        self.throw_bytes(&text)
    }

    /// The function of a coroutine has returned.
    pub(super) fn end_coroutine(&mut self, results: *mut TValue, count: usize) -> Result<Next, Throw> {
        let bottom = self.thread.stack.get();
        self.switch_back(ThreadStatus::Dead, bottom, results, count)
    }

    /// Makes the resumer run again, and gives it `count` values of this thread's stack, which then ends at `end`, as the results
    /// of its `resume`.
    #[inline(always)]
    fn switch_back(
        &mut self,
        status: ThreadStatus,
        end: *mut TValue,
        values: *mut TValue,
        count: usize,
    ) -> Result<Next, Throw> {
        let thread = self.thread;
        // Growing may collect: until the values are on the other stack they are on this one, and the thread on that.
        self.top = values.wrapping_add(count);
        self.leave_thread(status);
        let wraps = self.running_is_wrap();
        let room = self.room_above(self.top, count + 1);
        thread.top.set(end);
        room?;
        if count > FEW {
            self.heap.meter.charge_values(count)?;
        }
        let results = self.current().base;
        let verdict = usize::from(!wraps);
        // SAFETY: `room_above` made room; the values lie on the other stack, which stays as it is.
        unsafe {
            // If there is no verdict, the first value takes its place.
            *results = TValue::TRUE;
            copy_values(values, results.add(verdict), count);
        }
        self.top = results.wrapping_add(count + verdict);
        self.next_return(count + verdict)
    }

    /// Switches from the running thread to its resumer.
    fn leave_thread(&mut self, status: ThreadStatus) {
        let thread = self.thread;
        self.save_thread();
        thread.status.set(status);
        self.resume_depth -= 1;
        if let Some(resumer) = thread.resumer.take() {
            resumer.status.set(ThreadStatus::Running);
            self.load_thread(resumer);
        }
    }

    fn running_is_wrap(&self) -> bool {
        self.running_closure().is_some_and(|closure| closure.header.flags.get() == NativeKind::Wrap as u8)
    }

    /// Nobody in the running coroutine catches the error being thrown: the coroutine is dead, and its resumer gets it.
    pub(super) fn kill_coroutine(&mut self, throw: Throw) -> Result<Next, Throw> {
        self.leave_thread(ThreadStatus::Dead);
        if throw == Throw::Stop {
            return Err(throw);
        }
        let value = self.take_thrown();
        self.resume_failed(value)
    }

    /// `resume` returns false and a message; what `wrap` made throws it on.
    fn resume_failed(&mut self, value: TValue) -> Result<Next, Throw> {
        if self.running_is_wrap() {
            let mut message = Vec::new();
            if value.is_number() {
                crate::kernel::number::write_number(&mut message, value.as_double());
            }
            let message = match value.as_string() {
                Some(string) => string.bytes(),
                None if value.is_number() => &message,
                None => return Err(self.throw_value(value)),
            };
            // A message is told where the coroutine was resumed. Until it is copied it is the error being thrown.
            self.heap.thrown = value;
            let position = self.position_at(1);
            return Err(self.throw_behind(&position, message));
        }
        let results = self.current().base;
        // SAFETY: a native frame has room for a few values.
        unsafe {
            *results = TValue::FALSE;
            *results.add(1) = value;
        }
        self.top = results.wrapping_add(2);
        Ok(Next::Return(2))
    }

    pub(super) fn new_coroutine(&mut self, function: Gc<Closure>) -> Result<Gc<Thread>, AllocError> {
        let globals = self.thread.globals.get();
        let thread = self.with_room(|st| st.heap.thread(globals, INITIAL_STACK, INITIAL_FRAMES))?;
        self.init_thread(thread);
        // SAFETY: a new stack has room for a value.
        unsafe { thread.stack.get().write(function.into()) };
        thread.top.set(thread.stack.get().wrapping_add(1));
        // It inherits when its hook would be called, but no hook.
        thread.hook_mask.set(self.thread.hook_mask.get());
        thread.hook_count.set(self.thread.hook_count.get());
        thread.hook_left.set(self.thread.hook_count.get());
        Ok(thread)
    }
}

/// Copies values, most often one or two, to another stack.
///
/// # Safety
/// There are so many, and room for them.
#[inline(always)]
unsafe fn copy_values(from: *const TValue, to: *mut TValue, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match count {
            0 => {}
            1 => *to = *from,
            2 => (*to, *to.add(1)) = (*from, *from.add(1)),
            _ => std::ptr::copy_nonoverlapping(from, to, count),
        }
    }
}

/// `coroutine.create(f)` (manual §5.2).
fn create(ctx: &mut Ctx<'_>) -> NativeResult {
    let function = ctx.get(1).as_function().filter(|function| function.is_lua());
    let Some(function) = function else {
        return Err(ctx.arg_error(1, "Lua function expected"));
    };
    ctx.st.native_safepoint()?;
    let thread = ctx.st.new_coroutine(function).map_err(|AllocError| ctx.st.memory_error())?;
    ctx.push(thread.into())?;
    Ok(1)
}

/// `coroutine.wrap(f)` (manual §5.2).
fn wrap(ctx: &mut Ctx<'_>) -> NativeResult {
    create(ctx)?;
    push_special(ctx, NativeKind::Wrap, 1)?;
    Ok(1)
}

/// `coroutine.status(co)` (manual §5.2).
fn status(ctx: &mut Ctx<'_>) -> NativeResult {
    let Some(thread) = ctx.get(1).as_thread() else {
        return Err(ctx.arg_error(1, "coroutine expected"));
    };
    let text: &[u8] = match thread.status.get() {
        ThreadStatus::Running => b"running",
        ThreadStatus::Suspended => b"suspended",
        ThreadStatus::Normal => b"normal",
        ThreadStatus::Dead => b"dead",
    };
    ctx.push_bytes(text)?;
    Ok(1)
}

/// `coroutine.running()` (manual §5.2).
fn running(ctx: &mut Ctx<'_>) -> NativeResult {
    let thread = ctx.st.thread;
    if ctx.st.heap.main_thread == Some(thread) {
        ctx.push_nil()?;
    } else {
        ctx.push(thread.into())?;
    }
    Ok(1)
}

/// The functions of the library that are called as others are.
pub(crate) const FUNCTIONS: &[(&str, NativeFn)] =
    &[("create", create), ("running", running), ("status", status), ("wrap", wrap)];

/// Pushes `coroutine.resume` (manual §5.2).
pub(crate) fn push_resume(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    push_special(ctx, NativeKind::Resume, 0)
}

/// Pushes `coroutine.yield` (manual §5.2).
pub(crate) fn push_yield(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    push_special(ctx, NativeKind::Yield, 0)
}
