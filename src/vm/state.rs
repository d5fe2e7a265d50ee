//! The state of one virtual machine: its heap, the registers of the running thread, and the names it knows.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::event::{EVENTS, Event};
use super::frame::FrameKind;
use super::lower::Lowering;
use super::native::{Ctx, NativeResult};
use crate::arena::heap::CollectorNames;
use crate::arena::{AllocError, Closure, Frame, FunctionProto, Gc, Heap, Str, TValue, Table, Thread, ThreadStatus};
use crate::kernel::key_order::KeyOrder;

/// Slots above a frame's registers that can be used without asking: arguments of metamethods, a function and a key.
pub(crate) const STACK_MARGIN: usize = 40;
const MAIN_STACK: usize = 256;
const MAIN_FRAMES: usize = 16;

/// The state of a virtual machine. It is boxed and never moves.
pub(crate) struct State {
    pub(crate) heap: Heap,
    /// The innermost frame of the running thread.
    pub(crate) frame: *mut Frame,
    /// The last frame there is room for.
    pub(crate) frame_limit: *mut Frame,
    /// Highest slot at which a frame's registers may end.
    pub(crate) stack_limit: *mut TValue,
    /// End of the values of a running native function, or of open results.
    pub(crate) top: *mut TValue,
    pub(crate) thread: Gc<Thread>,
    /// Non-zero asks the loop to look at its limits at the next safepoint.
    pub(crate) interrupt: Arc<AtomicU32>,
    /// Where `interrupt` points, for the loop.
    pub(crate) interrupt_word: *const AtomicU32,
    /// How many coroutines have resumed one another.
    pub(crate) resume_depth: u32,
    /// How many Rust calls into the machine are active.
    pub(crate) native_depth: u32,
    /// The message handler has already seen the error being thrown.
    pub(crate) error_handled: bool,
    /// Whether a finalizer is running.
    pub(crate) finalizing: bool,
    /// Whether the host runs, which may hold values that nothing else does: then a refusal of memory stands.
    pub(crate) host_in_control: bool,
    /// "not enough memory", which must not need any.
    pub(crate) memory_message: Gc<Str>,
    /// "error in error handling", likewise.
    pub(crate) handler_message: Gc<Str>,
    /// The names of the metamethods.
    pub(crate) event_names: [Gc<Str>; EVENTS],
    /// The names of the types, by [`crate::arena::heap::type_index`].
    pub(crate) type_names: [TValue; 9],
    /// Whether the next safepoint collects under `gc_stress`: each instruction comes by twice.
    pub(crate) stress_due: bool,
    /// Every prototype whose code has been lowered in another way than the present one is lowered anew.
    pub(crate) lowering: Lowering,
    /// Whether that asks for anything that native calls and results have to be watched for.
    pub(crate) watched: bool,
    /// How instructions are routed; `None` if that has never been asked for.
    pub(crate) routing: Option<Box<super::foreign::Routing>>,
    /// Buffers that library functions build their results in.
    pub(crate) buffers: Vec<Vec<u8>>,
    /// Whether precompiled chunks may be loaded.
    pub(crate) allow_bytecode: bool,
    pub(crate) profile: Option<Box<super::profile::Profile>>,
    /// The generator of `math.random`.
    pub(crate) random: crate::kernel::random::Random,
    /// What the host has stored, one of each type.
    pub(crate) host_data: Vec<Box<dyn Any + Send + Sync>>,
    /// Where a program was stopped, if someone wants to know.
    pub(super) stop_trace: super::stop_trace::StopTrace,
    /// What is to be sent before the host gets control.
    pub(super) gathered: super::gathered::Gathered,
    /// Roots the host has dropped.
    pub(super) unrooted: super::boundary::Unrooted,
}

impl State {
    pub(crate) fn new(order: KeyOrder) -> Result<Box<State>, AllocError> {
        let mut heap = Heap::new(order);
        let mut names = Vec::with_capacity(EVENTS);
        for (number, event) in Event::ALL.iter().enumerate() {
            let name = heap.fixed_string(event.name().as_bytes())?;
            name.header.aux.set(number as u8 + 1);
            names.push(name);
        }
        let event_names: [Gc<Str>; EVENTS] = names.try_into().expect("one name for each event");
        heap.collector_names =
            Some(CollectorNames { mode: event_names[Event::Mode as usize], gc: event_names[Event::Gc as usize] });
        heap.registry = Some(heap.table()?);
        let globals = heap.table_sized(0, 2)?;
        let thread = heap.thread(globals, MAIN_STACK, MAIN_FRAMES)?;
        thread.status.set(ThreadStatus::Running);
        heap.main_thread = Some(thread);
        heap.running = Some(thread);
        let mut type_names = [TValue::NIL; 9];
        let names = ["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"];
        for (slot, name) in type_names.iter_mut().zip(names) {
            *slot = heap.fixed_string(name.as_bytes())?.into();
        }
        let memory_message = heap.fixed_string(b"not enough memory")?;
        let handler_message = heap.fixed_string(b"error in error handling")?;
        let interrupt = Arc::clone(heap.meter.interrupt());
        let mut state = Box::new(State {
            heap,
            frame: std::ptr::null_mut(),
            frame_limit: std::ptr::null_mut(),
            stack_limit: std::ptr::null_mut(),
            top: std::ptr::null_mut(),
            thread,
            interrupt_word: Arc::as_ptr(&interrupt),
            interrupt,
            type_names,
            stress_due: true,
            resume_depth: 0,
            native_depth: 0,
            error_handled: false,
            finalizing: false,
            host_in_control: true,
            memory_message,
            handler_message,
            event_names,
            lowering: Lowering { puc_order: order == KeyOrder::Puc, ..Lowering::default() },
            watched: false,
            routing: None,
            buffers: Vec::new(),
            allow_bytecode: false,
            profile: None,
            random: crate::kernel::random::Random::new(),
            host_data: Vec::new(),
            stop_trace: Default::default(),
            gathered: Default::default(),
            unrooted: Default::default(),
        });
        state.init_thread(thread);
        state.load_thread(thread);
        state.make_host_frame(globals)?;
        Ok(state)
    }

    /// Writes a new thread's bottom frame, which no function runs in.
    pub(crate) fn init_thread(&mut self, thread: Gc<Thread>) {
        let stack = thread.stack.get();
        let frame = thread.frames.get();
        // SAFETY: a thread has room for at least one frame, and for more values than the margin.
        unsafe {
            frame.write(Frame {
                pc: std::ptr::null(),
                function: std::ptr::null_mut(),
                base: stack,
                func_delta: 0,
                wanted: 0,
                kind: FrameKind::Bottom as u8,
                extra: 0,
            });
        }
        thread.frame.set(frame);
        thread.top.set(stack);
    }

    /// The main thread's bottom frame stands for the host: a native function at the outermost level.
    fn make_host_frame(&mut self, globals: Gc<Table>) -> Result<(), AllocError> {
        fn host(_: &mut Ctx<'_>) -> NativeResult {
            Ok(0)
        }
        let function = self.heap.native_function(0, host as *const (), std::ptr::null(), globals, &[])?;
        // SAFETY: the stack has room; the bottom frame is the running one.
        unsafe {
            *self.top = function.closure().into();
            self.top = self.top.add(1);
            (*self.frame).base = self.top;
            (*self.frame).func_delta = 1;
            (*self.frame).function = function.as_ptr().cast();
        }
        Ok(())
    }

    /// Whether the collector wants to step, at a safepoint of the loop.
    #[inline(always)]
    pub(crate) fn wants_safepoint(&mut self) -> bool {
        if cfg!(feature = "gc_stress") {
            self.stress_due = !self.stress_due;
            return !self.stress_due;
        }
        self.heap.wants_step()
    }

    /// Puts the running thread's registers back into it.
    pub(crate) fn save_thread(&mut self) {
        self.thread.frame.set(self.frame);
        self.thread.top.set(self.top);
    }

    /// Makes `thread` the running one.
    pub(crate) fn load_thread(&mut self, thread: Gc<Thread>) {
        self.thread = thread;
        self.heap.running = Some(thread);
        self.heap.thread_runs(thread);
        self.frame = thread.frame.get();
        self.top = thread.top.get();
        self.update_limits();
    }

    /// The running thread's blocks have changed, or what it may use of them. There can be room for more than that, which a message
    /// handler has had.
    pub(crate) fn update_limits(&mut self) {
        let thread = self.thread;
        let values = (thread.stack_size.get() as usize - STACK_MARGIN).min(self.most_values());
        self.stack_limit = thread.stack.get().wrapping_add(values);
        let frames = (thread.frames_size.get() as usize).min(self.most_frames());
        self.frame_limit = thread.frames.get().wrapping_add(frames - 1);
    }

    #[inline(always)]
    pub(crate) fn name(&self, event: Event) -> Gc<Str> {
        self.event_names[event as usize]
    }

    pub(crate) fn registry(&self) -> Gc<Table> {
        self.heap.registry.expect("set by `new`")
    }

    /// The frame that runs.
    #[inline(always)]
    pub(crate) fn current(&self) -> &Frame {
        // SAFETY: `frame` is a frame of the running thread.
        unsafe { &*self.frame }
    }

    /// The closure that runs, unless the thread has not started.
    pub(crate) fn running_closure(&self) -> Option<Gc<Closure>> {
        let function = self.current().function;
        // SAFETY: a frame's function is null or on the stack, hence alive.
        (!function.is_null()).then(|| unsafe { Gc::from_ptr(function) })
    }

    /// The environment of the function that runs.
    pub(crate) fn current_env(&self) -> Gc<Table> {
        self.running_closure().map_or(self.thread.globals.get(), |closure| closure.env.get())
    }

    /// The prototype of a frame's function, if it is a Lua function.
    pub(crate) fn frame_proto(frame: &Frame) -> Option<Gc<FunctionProto>> {
        if frame.function.is_null() {
            return None;
        }
        // SAFETY: as above.
        let closure: Gc<Closure> = unsafe { Gc::from_ptr(frame.function) };
        closure.as_lua().map(|function| function.proto)
    }

    /// A buffer to build a result in; [`State::give_buffer`] takes it back.
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_default()
    }

    pub(crate) fn give_buffer(&mut self, mut buffer: Vec<u8>) {
        const KEEP: usize = 64 * 1024;
        if buffer.capacity() <= KEEP && self.buffers.len() < 8 {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }
}
