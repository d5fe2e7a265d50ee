//! [`LuaVM`]: the old virtual machine, as its host sees it.
//!
//! The machine has a heap and runs one of its threads. How is in `driver` (the loop), `unwind` (errors), `coroutine`, `step` (one
//! instruction's transaction), `fault` (messages) and `load` (chunks).

use std::collections::HashSet;
use std::time::Duration;

use super::driver::first_of;
use super::error::LuaError;
use super::frame::CallFrame;
use super::handle::{TableHandle, ThreadHandle};
use super::heap::LuaHeap;
use super::limits::{KillHandle, Limits};
use super::memory::Culprit;
use super::native::{CFunction, Failure};
use super::opcodes::{self, Answer, Found};
use super::output::Output;
use super::step::Step;
use super::transaction::{HeapTransaction, TransactionBuffers};
use super::value::{Thread, Value};
use crate::kernel::meter::{Meter, Stop, Watch};
use crate::kernel::random::Random;

/// The old virtual machine.
#[derive(Debug)]
pub struct LuaVM {
    pub(super) heap: LuaHeap,
    /// The thread that runs.
    pub(super) thread: ThreadHandle,
    /// The threads that wait for one they have resumed, the outermost first.
    pub(super) resumers: Vec<ThreadHandle>,
    /// How many native functions wait for calls they have made.
    pub(super) native_depth: usize,
    pub(super) limits: Limits,
    /// For the next instruction's transaction.
    pub(super) buffers: TransactionBuffers,
    pub(super) allow_bytecode: bool,
    /// The error when memory is out: it cannot be made then.
    pub(super) memory_message: Value,
    output: Output,
    /// The addresses of the library's functions; another native function is the host's.
    library: HashSet<usize>,
    random: Random,
}

impl LuaVM {
    /// A machine without libraries.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn new() -> Result<Self, LuaError> {
        let mut heap = LuaHeap::new()?;
        let memory_message = Value::String(heap.create_string(b"not enough memory")?);
        let thread = heap.main_thread();
        Ok(LuaVM {
            heap,
            thread,
            resumers: Vec::new(),
            native_depth: 0,
            limits: Limits::default(),
            buffers: TransactionBuffers::default(),
            allow_bytecode: false,
            memory_message,
            output: Output::default(),
            library: HashSet::new(),
            random: Random::new(),
        })
    }

    /// A machine with the libraries.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn with_stdlib() -> Result<Self, LuaError> {
        let mut vm = LuaVM::new()?;
        vm.init_stdlib()?;
        Ok(vm)
    }

    /// Opens the libraries.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn init_stdlib(&mut self) -> Result<(), LuaError> {
        super::stdlib::init_all(self).map_err(|failure| self.to_error(failure))
    }

    // Running programs.

    /// Compiles a chunk and calls it without arguments.
    ///
    /// # Errors
    /// If the chunk is not Lua, with the message thrown; or the call's.
    pub fn eval(&mut self, source: &[u8], chunk_name: &[u8]) -> Result<Vec<Value>, Failure> {
        match self.load(source, chunk_name)? {
            Ok(function) => self.call(function, Vec::new()),
            Err(message) => Err(self.throw_text(&message)),
        }
    }

    /// Calls a function, or anything that can be called. Coroutines cannot yield across it.
    ///
    /// # Errors
    /// What the call throws, or what ends it.
    pub fn call(&mut self, function: Value, args: Vec<Value>) -> Result<Vec<Value>, Failure> {
        self.enter(function, args, false)
    }

    /// The same; a traceback is added to an error that is text, as the stand-alone interpreter does.
    ///
    /// # Errors
    /// What the call throws, or what ends it.
    pub fn call_traced(&mut self, function: Value, args: Vec<Value>) -> Result<Vec<Value>, Failure> {
        self.enter(function, args, true)
    }

    /// The text of a failure: the error's, if it is a string or a number.
    pub fn failure_text(&mut self, failure: &Failure) -> Option<Vec<u8>> {
        match failure {
            Failure::Thrown(value) => self.text_of(value),
            Failure::Memory => Some(b"not enough memory".to_vec()),
            Failure::Stop(error) => Some(error.to_string().into_bytes()),
        }
    }

    /// A failure as an error, which carries text.
    pub fn to_error(&mut self, failure: Failure) -> LuaError {
        match failure {
            Failure::Stop(error) => error,
            Failure::Memory => LuaError::OutOfMemory,
            Failure::Thrown(value) => {
                let text = self.text_of(&value);
                let text =
                    text.unwrap_or_else(|| format!("(error object is a {} value)", value.type_name()).into_bytes());
                LuaError::RuntimeError(String::from_utf8_lossy(&text).into_owned())
            }
        }
    }

    /// The bytes of a string, or of a number as text.
    pub fn text_of(&mut self, value: &Value) -> Option<Vec<u8>> {
        match value {
            Value::String(string) => self.transaction().get_string_bytes(*string).ok().map(<[u8]>::to_vec),
            Value::Number(number) => {
                let mut text = Vec::new();
                crate::kernel::number::write_number(&mut text, *number);
                Some(text)
            }
            _ => None,
        }
    }

    /// A string.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn create_string(&mut self, bytes: &[u8]) -> Result<Value, Failure> {
        Ok(Value::String(self.transaction().create_string_bytes(bytes)?))
    }

    // What native functions ask for.

    /// `object[key]`, with metamethods.
    pub(crate) fn index(&mut self, object: Value, key: Value) -> Result<Value, Failure> {
        let mut step = Step::without_frame(&mut self.heap, self.thread);
        let found = opcodes::find_index(&mut step, object, &key, Culprit::Unnamed);
        match found.map_err(|fault| self.word(fault))? {
            Found::Value(value) => Ok(value),
            Found::Call { method, object } => Ok(first_of(&self.call(method, vec![object, key])?)),
        }
    }

    /// `left < right`, with metamethods.
    pub(crate) fn less_than(&mut self, left: Value, right: Value) -> Result<bool, Failure> {
        let mut step = Step::without_frame(&mut self.heap, self.thread);
        let answer = opcodes::less_than(&mut step, left, right);
        match answer.map_err(|fault| self.word(fault))? {
            Answer::Is(answer) => Ok(answer),
            Answer::Ask { method, args, negated } => Ok(first_of(&self.call(method, args)?).to_boolean() != negated),
        }
    }

    // Limits.

    /// How many instructions may be executed from now on.
    pub fn set_fuel(&mut self, fuel: Option<u64>) {
        self.limits.set_fuel(fuel);
    }

    /// How many are left.
    pub fn fuel(&self) -> Option<u64> {
        self.limits.fuel()
    }

    /// How long programs may run, from now on.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) {
        self.limits.set_time_limit(limit);
    }

    /// How many bytes the heap may take.
    pub fn set_memory_limit(&mut self, limit: Option<usize>) {
        self.heap.set_memory_limit(limit);
    }

    /// What ends a program from another thread of the host.
    pub fn kill_handle(&self) -> KillHandle {
        self.limits.kill_handle()
    }

    /// Whether precompiled chunks may be loaded.
    pub fn set_allow_bytecode(&mut self, allowed: bool) {
        self.allow_bytecode = allowed;
    }

    /// Where the program's output goes.
    pub fn set_output(&mut self, output: Output) {
        self.output = output;
    }

    /// Pays for work of a native function.
    pub(crate) fn check_limits(&mut self, work: u64) -> Result<(), Failure> {
        Ok(self.limits.charge(work)?)
    }

    /// What limits those who wait.
    pub(crate) fn watch(&self) -> Watch {
        self.limits.watch()
    }

    /// Lends the meter to whatever pays for its work with it.
    pub(crate) fn pay<R>(&mut self, work: impl FnOnce(&mut Meter) -> Result<R, Stop>) -> Result<R, Failure> {
        Ok(self.limits.pay(work)?)
    }

    // Parts.

    /// The heap.
    pub fn heap(&self) -> &LuaHeap {
        &self.heap
    }

    /// The heap, to be changed.
    pub fn heap_mut(&mut self) -> &mut LuaHeap {
        &mut self.heap
    }

    /// A transaction on the heap.
    pub fn transaction(&mut self) -> HeapTransaction<'_> {
        HeapTransaction::new(&mut self.heap)
    }

    /// The output.
    pub(crate) fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Functions that may run before what the program wrote is sent.
    pub(crate) fn add_library_functions(&mut self, functions: impl IntoIterator<Item = CFunction>) {
        self.library.extend(functions.into_iter().map(|function| function as usize));
    }

    /// Sends what the program wrote, if a function is the host's.
    pub(super) fn send_output_for(&mut self, function: &Value) {
        if self.output.is_unsent()
            && let Value::CFunction(function) = *function
            && !self.library.contains(&(function as usize))
        {
            self.output.send();
        }
    }

    /// The generator of `math.random`.
    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// The table of globals of functions that the running thread loads.
    pub fn globals(&self) -> TableHandle {
        self.running().map_or(self.heap.globals(), |thread| thread.environment)
    }

    /// Makes another table that of the globals of functions that are loaded from now on.
    pub(crate) fn set_globals(&mut self, globals: TableHandle) {
        if let Ok(thread) = self.running_mut() {
            thread.environment = globals;
        }
    }

    /// The thread that runs.
    pub(crate) fn current_thread(&self) -> ThreadHandle {
        self.thread
    }

    /// Whether the main program runs, and no coroutine.
    pub(crate) fn is_main_thread(&self) -> bool {
        self.resumers.is_empty()
    }

    pub(super) fn running(&self) -> Result<&Thread, LuaError> {
        self.heap.thread(self.thread)
    }

    pub(super) fn running_mut(&mut self) -> Result<&mut Thread, LuaError> {
        self.heap.thread_mut(self.thread)
    }

    /// The active calls of the thread that runs, the innermost last.
    pub(super) fn frames(&self) -> &[CallFrame] {
        self.running().map(|thread| thread.frames.as_slice()).unwrap_or_default()
    }
}
