//! [`LuaVM`]: the machine of the old API.
//!
//! It owns a [`LuaHeap`], which is a machine of the core, and nothing else: whatever else there is to know is stored in that machine. Each
//! execution from the outside gets a budget of instructions of its own and, if there is a timeout, its own time; what host
//! functions run inside of it is counted against the same.

use std::sync::OnceLock;
use std::time::Duration;

use super::compiler::{CompiledModule, compile};
pub use super::context::ExecutionContext;
use super::error::{CallInfo, InOldWords, LuaError, LuaResult, LuaTraceback};
use super::functions;
use super::handle::{ClosureHandle, StringHandle, TableHandle};
use super::heap::LuaHeap;
pub use super::instruction::{Instruction, OpCode, opcode_to_u8, u8_to_opcode};
pub use super::pending::{ArithmeticOperation, ExecutionState, PendingOperation, ReturnContext, StepResult};
use super::script::ScriptContext;
pub use super::stdlib::base::lua_eval;
use super::transaction::HeapTransaction;
use super::value::{HashableValue, Value};
use crate::LuaVM as Core;
use crate::compat::deprecation::{self, Api};
use crate::router::{OpPolicy, PolicyError};
use crate::script::Invocation;

/// Calls shown in a traceback.
const MOST_FRAMES: usize = 200;

/// The routes that the environment asks for, if there are any.
fn policy_of_environment() -> LuaResult<Option<&'static OpPolicy>> {
    static POLICY: OnceLock<Result<OpPolicy, PolicyError>> = OnceLock::new();
    match POLICY.get_or_init(OpPolicy::from_env) {
        Ok(policy) => Ok((!policy.is_all_core()).then_some(policy)),
        Err(error) => Err(LuaError::RuntimeError(error.to_string())),
    }
}

/// A Lua machine.
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM; see MIGRATION.md#old-machine")
)]
pub struct LuaVM {
    pub(crate) heap: LuaHeap,
    /// It is lent to a host function, inside an execution.
    nested: bool,
}

impl LuaVM {
    /// A machine with the standard library, but for what reaches the system: see `MIGRATION.md`. Its opcodes are routed as the
    /// variables `FERROUS_OPS` and `FERROUS_OPS_SEED` ask for, which are read once in a process.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`]; [`LuaError::RuntimeError`] if a variable has a value that is not understood.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-machine")
    )]
    #[track_caller]
    pub fn new() -> LuaResult<Self> {
        deprecation::used(Api::LuaVmNew);
        let policy = policy_of_environment()?;
        let mut vm = deprecation::own(|| Ok::<_, LuaError>(LuaVM { heap: LuaHeap::new()?, nested: false }))?;
        if let Some(policy) = policy {
            vm.heap.core.set_op_policy(policy.clone());
        }
        Ok(vm)
    }

    /// Stepping in: a machine around this one. Its globals and limits stay as they are until it executes something.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    pub fn from_core(core: Core) -> LuaResult<Self> {
        Ok(LuaVM { heap: LuaHeap::from_core(core)?, nested: false })
    }

    /// Stepping out: the machine of the core.
    pub fn core_mut(&mut self) -> &mut Core {
        self.heap.core_mut()
    }

    /// Stepping out for good: the machine of the core, without limits, and with nothing pinned for callers.
    pub fn into_core(self) -> Core {
        let mut core = self.heap.into_core();
        core.set_fuel(None);
        core.set_time_limit(None);
        core
    }

    /// The machine that a host function has been lent.
    pub(super) fn lent(core: Core) -> Self {
        LuaVM { heap: LuaHeap { core }, nested: true }
    }

    pub(super) fn give_back(self) -> Core {
        self.heap.core
    }

    /// Installs the standard library, again.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-machine")
    )]
    #[track_caller]
    pub fn init_stdlib(&mut self) -> LuaResult<()> {
        deprecation::used(Api::LuaVmInitStdlib);
        deprecation::own(|| super::stdlib::init_all(self))
    }

    // Limits.

    /// Stores what scripts run with: they get its keys and arguments as `KEYS` and `ARGV`, its store by `redis.call`, and its timeout.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::script::ScriptEngine; see MIGRATION.md#old-machine")
    )]
    #[track_caller]
    pub fn set_context(&mut self, context: ScriptContext) -> LuaResult<()> {
        deprecation::used(Api::LuaVmSetContext);
        crate::script::install(&mut self.heap.core, &Invocation::from(&context)).in_old_words()?;
        let side = self.heap.side_mut();
        side.timeout = Some(context.timeout);
        side.context = Some(context);
        Ok(())
    }

    /// What [`LuaVM::set_context`] has stored.
    pub fn context(&self) -> Option<&ScriptContext> {
        self.heap.side().and_then(|side| side.context.as_ref())
    }

    /// How many instructions an execution may take: a million, unless set; `None` lifts the limit.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::set_fuel; see MIGRATION.md#old-machine")
    )]
    #[track_caller]
    pub fn set_instruction_limit(&mut self, limit: Option<u64>) {
        deprecation::used(Api::LuaVmSetInstructionLimit);
        self.heap.side_mut().budget.0 = limit;
    }

    /// How long an execution may take; `None` lifts the limit, which is how a machine begins.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::set_time_limit; see MIGRATION.md#old-machine")
    )]
    #[track_caller]
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        deprecation::used(Api::LuaVmSetTimeout);
        self.heap.side_mut().timeout = timeout;
    }

    // Execution.

    /// Runs a compiled chunk with arguments, which are its `...`: its first result, or nil.
    ///
    /// # Errors
    /// Whatever it throws, or stops it; [`LuaError::CompileError`] if the module was changed by hand, and is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::LuaVM::load and ferrous::LuaVM::call; see MIGRATION.md#old-run"
        )
    )]
    #[track_caller]
    pub fn execute_module(&mut self, module: &CompiledModule, args: &[Value]) -> LuaResult<Value> {
        deprecation::used(Api::LuaVmExecuteModule);
        let proto = module.to_core()?;
        let function = functions::instantiate(&mut self.heap.core, &proto)?;
        let results = self.run(function.into(), args)?;
        Ok(results.into_iter().next().unwrap_or(Value::Nil))
    }

    /// Calls a function: its first result, or nil.
    ///
    /// # Errors
    /// If the handle is not valid; whatever it throws, or stops it.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::call; see MIGRATION.md#old-run")
    )]
    #[track_caller]
    pub fn execute_function(&mut self, closure: ClosureHandle, args: &[Value]) -> LuaResult<Value> {
        deprecation::used(Api::LuaVmExecuteFunction);
        deprecation::own(|| {
            HeapTransaction::new(&mut self.heap).validate_with_context(&closure, "execute_function")?;
            let results = self.run(crate::Value::Function(closure.into()), args);
            self.heap.share_upvalues(closure)?;
            Ok(results?.into_iter().next().unwrap_or(Value::Nil))
        })
    }

    /// Compiles and runs a chunk: its first result, or nil.
    ///
    /// # Errors
    /// [`LuaError::SyntaxError`]; whatever it throws, or stops it.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::eval; see MIGRATION.md#old-run")
    )]
    #[track_caller]
    pub fn eval(&mut self, source: &str) -> LuaResult<Value> {
        deprecation::used(Api::LuaVmEval);
        deprecation::own(|| {
            let module = compile(source)?;
            self.execute_module(&module, &[])
        })
    }

    /// Compiles and runs a chunk: its first result, or nil.
    ///
    /// # Errors
    /// As [`LuaVM::eval`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::eval; see MIGRATION.md#old-run")
    )]
    #[track_caller]
    pub fn eval_script(&mut self, source: &str) -> LuaResult<Value> {
        deprecation::used(Api::LuaVmEvalScript);
        deprecation::own(|| self.eval(source))
    }

    /// Calls a value: all its results.
    pub(super) fn call_value(&mut self, function: &Value, args: &[Value]) -> LuaResult<Vec<Value>> {
        let function = match function {
            Value::FunctionProto(proto) => crate::Value::Function(self.heap.function_of_proto(*proto)?.into()),
            other => self.heap.import(other)?,
        };
        self.run(function, args)
    }

    fn run(&mut self, function: crate::Value, args: &[Value]) -> LuaResult<Vec<Value>> {
        let args = args.iter().map(|arg| self.heap.import(arg)).collect::<LuaResult<Vec<_>>>()?;
        if !self.nested {
            self.begin_execution();
        }
        let results = self.heap.call_core(function, &args);
        if !self.nested {
            self.end_execution();
        }
        Ok(results?.into_iter().map(|result| self.heap.export(result)).collect())
    }

    fn begin_execution(&mut self) {
        let side = self.heap.side_mut();
        // A host function that panicked may have left these behind.
        side.depth = 0;
        side.registers_set.clear();
        side.thrown = None;
        let (budget, timeout) = (side.budget.0, side.timeout);
        self.heap.core.set_fuel(budget);
        if timeout.is_some() {
            self.heap.core.set_time_limit(timeout);
        }
    }

    /// What the host does next is not limited; but code stays as it was lowered for a limit.
    fn end_execution(&mut self) {
        let side = self.heap.side_mut();
        let (budget, timeout) = (side.budget.0, side.timeout);
        self.heap.core.set_fuel(budget.map(|_| u64::MAX));
        if timeout.is_some() {
            self.heap.core.set_time_limit(None);
        }
    }

    // Objects.

    /// The heap.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM itself; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn heap(&self) -> &LuaHeap {
        deprecation::used(Api::LuaVmHeap);
        &self.heap
    }

    /// The heap, to be changed.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM itself; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn heap_mut(&mut self) -> &mut LuaHeap {
        deprecation::used(Api::LuaVmHeapMut);
        &mut self.heap
    }

    /// An empty table.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_table; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_table(&mut self) -> LuaResult<TableHandle> {
        deprecation::used(Api::LuaVmCreateTable);
        self.heap.create_table()
    }

    /// A string.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_string; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_string(&mut self, text: &str) -> LuaResult<StringHandle> {
        deprecation::used(Api::LuaVmCreateString);
        self.heap.create_string(text.as_bytes())
    }

    /// The table of global variables.
    ///
    /// # Errors
    /// None.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::globals; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn globals(&mut self) -> LuaResult<TableHandle> {
        deprecation::used(Api::LuaVmGlobals);
        deprecation::own(|| {
            let globals = self.heap.globals()?;
            self.heap.pin(&Value::Table(globals))?;
            Ok(globals)
        })
    }

    /// `table[key] = value`, without metamethods.
    ///
    /// # Errors
    /// If a handle is not valid, or the key is nil or NaN.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::set_table_field; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn set_table(&mut self, table: TableHandle, key: Value, value: Value) -> LuaResult<()> {
        deprecation::used(Api::LuaVmSetTable);
        deprecation::own(|| {
            let mut tx = HeapTransaction::new(&mut self.heap);
            tx.set_table_field(table, key, value)?;
            tx.commit().map(|_| ())
        })
    }

    /// `table[index] = value`, without metamethods.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::set_table_field; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn set_table_index(&mut self, table: TableHandle, index: usize, value: Value) -> LuaResult<()> {
        deprecation::used(Api::LuaVmSetTableIndex);
        deprecation::own(|| self.set_table(table, Value::Number(index as f64), value))
    }

    /// A border of a table.
    ///
    /// # Errors
    /// If the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::table_len; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn calculate_table_length(&mut self, table: TableHandle) -> LuaResult<usize> {
        deprecation::used(Api::LuaVmCalculateTableLength);
        deprecation::own(|| {
            HeapTransaction::new(&mut self.heap).validate_with_context(&table, "calculate_table_length")?;
            self.heap.core.table_len(table.into()).ok_or(LuaError::InvalidHandle)
        })
    }

    /// A table's field, without metamethods.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::get_table_field; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn example_table_operation(&mut self, table: TableHandle, key: Value) -> LuaResult<Value> {
        deprecation::used(Api::LuaVmExampleTableOperation);
        deprecation::own(|| HeapTransaction::new(&mut self.heap).read_table_field(table, &key))
    }

    // Debugging.

    /// The active calls, the innermost first; none, unless a host function asks.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    pub fn capture_traceback(&mut self) -> LuaResult<LuaTraceback> {
        let mut frames = Vec::new();
        while self.nested && frames.len() < MOST_FRAMES {
            match self.call_info(frames.len() + 1)? {
                Some(frame) => frames.push(frame),
                None => break,
            }
        }
        Ok(LuaTraceback { frames })
    }

    /// The call at a level: 1 is the running host function.
    fn call_info(&mut self, level: usize) -> LuaResult<Option<CallInfo>> {
        let what = self.heap.core.create_string("Sln").in_old_words()?;
        let info = self.heap.call_library("debug.getinfo", &[crate::Value::Number(level as f64), what.into()])?;
        let Some(info) = info.first().and_then(|info| info.as_table()) else { return Ok(None) };
        let name = self.text_field(info, "name")?;
        let line = self.raw_field(info, "currentline")?.as_number().filter(|&line| line > 0.0);
        Ok(Some(CallInfo {
            function_name: Some(name.unwrap_or_else(|| "function".to_owned())),
            source_file: self.text_field(info, "short_src")?,
            line_number: line.map(|line| line as usize),
            pc: 0,
        }))
    }

    fn raw_field(&mut self, table: crate::TableHandle, name: &str) -> LuaResult<crate::Value> {
        let name = self.heap.core.create_string(name).in_old_words()?;
        Ok(self.heap.core.get_table_field(table, name).unwrap_or_default())
    }

    fn text_field(&mut self, table: crate::TableHandle, name: &str) -> LuaResult<Option<String>> {
        let field = self.raw_field(table, name)?.as_string();
        let bytes = field.and_then(|field| self.heap.core.string_bytes(field));
        Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    }

    fn traceback(&mut self) -> LuaTraceback {
        self.capture_traceback().unwrap_or(LuaTraceback { frames: Vec::new() })
    }

    /// A runtime error with the active calls.
    pub fn create_runtime_error_with_trace(&mut self, message: String) -> LuaError {
        LuaError::RuntimeErrorWithTrace { message, traceback: self.traceback() }
    }

    /// A type error with the active calls.
    pub fn create_type_error_with_trace(&mut self, expected: String, got: String) -> LuaError {
        LuaError::TypeErrorWithTrace { expected, got, traceback: self.traceback() }
    }

    /// Whether a global variable exists, and its value.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::get_global; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn debug_get_global(&mut self, name: &str) -> LuaResult<(bool, Value)> {
        deprecation::used(Api::LuaVmDebugGetGlobal);
        deprecation::own(|| {
            let (globals, name) = (self.heap.globals()?, self.create_string(name)?);
            let value = HeapTransaction::new(&mut self.heap).read_table_field(globals, &Value::String(name))?;
            Ok((!value.is_nil(), value))
        })
    }

    /// The names of the global variables, in no order.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::table_next; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn debug_list_globals(&mut self) -> LuaResult<Vec<String>> {
        deprecation::used(Api::LuaVmDebugListGlobals);
        deprecation::own(|| {
            let globals = self.heap.globals()?;
            let mut tx = HeapTransaction::new(&mut self.heap);
            let keys: Vec<HashableValue> = tx.get_table(globals)?.map.keys().cloned().collect();
            let names = keys.into_iter().filter_map(|key| match key {
                HashableValue::String(name) => Some(self.heap.get_string_value(name)),
                _ => None,
            });
            names.collect()
        })
    }
}

impl LuaHeap {
    /// Calls a function of the core's. An error of a host function that no program caught is that error.
    pub(super) fn call_core(&mut self, function: crate::Value, args: &[crate::Value]) -> LuaResult<Vec<crate::Value>> {
        let error = match self.core.call(function, args) {
            Ok(results) => return Ok(results),
            Err(error) => error,
        };
        let thrown = self.side_mut().thrown.take();
        match (error, thrown) {
            (crate::Error::Runtime(error), Some(thrown)) if error.message.ends_with(thrown.message.as_bytes()) => {
                Err(thrown.error)
            }
            (error, _) => Err(LuaError::from_core(error)),
        }
    }
}
