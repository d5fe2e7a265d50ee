//! The whole surface of the old API, so that it cannot change unseen: each path, signature, trait, field and variant.
//!
//! That this file compiles is most of the test. Whoever uses the old API may rely on what is written here, exactly: function
//! pointers name the full signature, struct literals all fields, matches all variants (no wildcards).

#![cfg(feature = "compat")]
#![allow(deprecated, reason = "the old API is what is tested")]
#![allow(clippy::type_complexity, reason = "the types are those of the old API")]
#![allow(clippy::extra_unused_lifetimes, reason = "signatures are named with them")]

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use ferrous::lua::arena::{Arena, Handle};
use ferrous::lua::ast::{self, Chunk};
use ferrous::lua::codegen::{
    self, CodeGenerator, CompilationConstant, CompilationUpvalue, CompiledFunction, CompleteCompilationOutput,
};
use ferrous::lua::compiler::{self, CompilerConfig, DebugInfo, LocalInfo};
use ferrous::lua::error::{CallInfo, LuaTraceback};
use ferrous::lua::handle::{FunctionProtoHandle, Resource, UpvalueHandle, UserDataHandle};
use ferrous::lua::heap::LuaHeap;
use ferrous::lua::lexer::{self, Lexer, Token, TokenWithLocation};
use ferrous::lua::metamethod::{self, MetamethodContext, MetamethodContinuation, MetamethodType};
use ferrous::lua::parser::{self, Parser};
use ferrous::lua::register_management::{self, RegisterManagementSystem};
use ferrous::lua::register_window::*;
use ferrous::lua::stdlib;
use ferrous::lua::transaction::{
    HeapChange, HeapTransaction, RegisterProtectionScope, TransactionState, ValidScope, ValidatableHandle,
    ValidationKey,
};
use ferrous::lua::value::{
    CFunction, CallFrame, Closure, FunctionProto, HashableValue, LuaString, OrderedFloat, Table, Thread, ThreadStatus,
    Upvalue, UpvalueInfo, UserData,
};
use ferrous::lua::vm::{
    self as lua_vm, ArithmeticOperation, ExecutionContext, ExecutionState, Instruction, PendingOperation,
    ReturnContext, StepResult,
};
use ferrous::lua::{
    ClosureHandle, CompiledModule, LuaError, LuaGIL, LuaResult, LuaVM, OpCode, ScriptContext, StringHandle,
    TableHandle, ThreadHandle, Value, compile, handle_lua_command,
};
use ferrous::{FerrousError, RespFrame, StorageEngine};
use pretty_assertions::assert_eq;

/// Each item has exactly this type.
macro_rules! signatures {
    ($($item:expr => $signature:ty;)*) => {
        $(let _: $signature = $item;)*
    };
}

fn has_debug<T: Debug>() {}
fn has_clone<T: Clone>() {}
fn has_copy<T: Copy>() {}
fn has_eq<T: PartialEq>() {}
fn has_full_eq<T: Eq>() {}
fn has_hash<T: Hash>() {}
fn has_default<T: Default>() {}
fn has_display<T: Display>() {}
fn has_error<T: std::error::Error>() {}
fn crosses_threads<T: Send + Sync>() {}

macro_rules! traits {
    ($($check:ident: $($type:ty),* $(,)?;)*) => {
        $($($check::<$type>();)*)*
    };
}

#[path = "compat_contract/parts.rs"]
mod parts;

#[test]
fn paths() {
    signatures! {
        ferrous::lua::compiler::compile => fn(&str) -> LuaResult<CompiledModule>;
        ferrous::lua::compiler::parse => fn(&str) -> LuaResult<Chunk>;
        ferrous::lua::codegen::OpCode::Move => OpCode;
        Vec::<ferrous::lua::error::LuaError>::new() => Vec<LuaError>;
        ferrous::lua::error::LuaResult::Ok(1) => LuaResult<i32>;
        ferrous::lua::value::Value::Nil => Value;
        Vec::<ferrous::lua::handle::StringHandle>::new() => Vec<StringHandle>;
        Vec::<ferrous::lua::handle::TableHandle>::new() => Vec<TableHandle>;
        Vec::<ferrous::lua::handle::ClosureHandle>::new() => Vec<ClosureHandle>;
        Vec::<ferrous::lua::handle::ThreadHandle>::new() => Vec<ThreadHandle>;
        ferrous::lua::RegisterManagementSystem::new => fn() -> RegisterManagementSystem;
        ferrous::lua::RegisterWindowSystem::new => fn(usize) -> RegisterWindowSystem;
        ferrous::LuaGIL::new => fn() -> Result<LuaGIL, FerrousError>;
        ferrous::storage::StorageEngine::new => fn() -> Arc<StorageEngine>;
        ferrous::storage::engine::StorageEngine::new_in_memory => fn() -> Arc<StorageEngine>;
        ferrous::protocol::RespFrame::ok => fn() -> RespFrame;
        ferrous::protocol::resp::RespFrame::Null => RespFrame;
        Arc::new(vec![0]) => ferrous::protocol::resp::Bytes;
        ferrous::error::FerrousError::LuaTimeout => FerrousError;
        Ok(1) => ferrous::error::Result<i32>;
        lua_vm::LuaVM::new => fn() -> LuaResult<LuaVM>;
    }
    use ferrous::lua::value::Value::{Boolean, CFunction as Native, Nil, Number};
    let values: [Value; 4] = [Nil, Boolean(true), Number(1.0), Native(stdlib::base::lua_print)];
    assert!(values.iter().skip(1).all(Value::to_boolean));
}

#[test]
fn errors() {
    traits! {
        has_debug: LuaError, CallInfo, LuaTraceback;
        has_clone: LuaError, CallInfo, LuaTraceback;
        has_eq: LuaError, CallInfo, LuaTraceback;
        has_display: LuaError, LuaTraceback, FerrousError;
        has_error: LuaError, FerrousError;
        crosses_threads: LuaError, FerrousError;
    }
    let frame = CallInfo { function_name: None, source_file: None, line_number: None, pc: 7 };
    let named =
        CallInfo { function_name: Some("f".into()), source_file: Some("a.lua".into()), line_number: Some(3), pc: 0 };
    let only_file = CallInfo { line_number: None, ..named.clone() };
    let traceback = LuaTraceback { frames: vec![frame, only_file, named] };
    let trace =
        "stack traceback:\n\ta.lua:3: in function 'f'\n\ta.lua: in function 'f'\n\t[pc=7]: in function '<anonymous>'";
    assert_eq!(traceback.to_string().trim_end(), trace);
    let s = str::to_owned;
    let (expected, got) = (s("E"), s("G"));
    let cases = [
        (LuaError::SyntaxError { message: s("m"), line: 1, column: 2 }, "syntax error at line 1:2: m"),
        (LuaError::CompileError(s("m")), "compile error: m"),
        (LuaError::RuntimeError(s("m")), "runtime error: m"),
        (LuaError::TypeError { expected: expected.clone(), got: got.clone() }, "type error: expected E, got G"),
        (LuaError::ArithmeticError(s("m")), "arithmetic error: m"),
        (LuaError::ConcatenationError(s("m")), "concatenation error: m"),
        (LuaError::ComparisonError(s("m")), "comparison error: m"),
        (LuaError::OutOfMemory, "out of memory"),
        (LuaError::StackOverflow, "stack overflow"),
        (LuaError::InstructionLimitExceeded, "instruction limit exceeded"),
        (LuaError::Timeout, "script execution timeout"),
        (LuaError::InvalidHandle, "invalid handle"),
        (LuaError::StaleHandle, "stale handle (generation mismatch)"),
        (LuaError::TableIndexError(s("m")), "table index error: m"),
        (LuaError::MetamethodError(s("m")), "metamethod error: m"),
        (LuaError::ArgumentError { expected: 1, got: 2 }, "wrong number of arguments: expected 1, got 2"),
        (LuaError::CallError(s("m")), "call error: m"),
        (LuaError::UndefinedGlobal(s("x")), "undefined global 'x'"),
        (LuaError::TransactionError(s("m")), "transaction error: m"),
        (LuaError::InvalidTransactionState, "invalid transaction state"),
        (
            LuaError::DetailedTransactionStateError {
                current_state: s("C"),
                expected_state: s("E"),
                operation: s("OP"),
                location: s("LOC"),
            },
            "transaction state error: expected state 'E' but was 'C' when performing 'OP' at 'LOC'",
        ),
        (LuaError::CFunctionError(s("m")), "C function error: m"),
        (LuaError::InternalError(s("m")), "internal error: m"),
        (LuaError::NotImplemented(s("m")), "not implemented: m"),
        (LuaError::ScriptKilled, "script killed by user"),
    ];
    for (error, text) in cases {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.clone(), error);
        assert!(!variant(&error).is_empty());
    }
    let error = LuaError::RuntimeErrorWithTrace { message: s("m"), traceback: traceback.clone() };
    assert_eq!(error.to_string(), format!("runtime error: m\n{traceback}"));
    let error = LuaError::TypeErrorWithTrace { expected, got, traceback: traceback.clone() };
    assert_eq!(error.to_string(), format!("type error: expected E, got G\n{traceback}"));
}

/// A caller may match every variant, without a wildcard.
fn variant(error: &LuaError) -> &'static str {
    match error {
        LuaError::SyntaxError { message: _, line: _, column: _ } => "syntax",
        LuaError::CompileError(_) => "compile",
        LuaError::RuntimeError(_) | LuaError::RuntimeErrorWithTrace { message: _, traceback: _ } => "runtime",
        LuaError::TypeError { expected: _, got: _ } => "type",
        LuaError::TypeErrorWithTrace { expected: _, got: _, traceback: _ } => "type",
        LuaError::ArithmeticError(_) | LuaError::ConcatenationError(_) | LuaError::ComparisonError(_) => "operator",
        LuaError::OutOfMemory | LuaError::StackOverflow => "resource",
        LuaError::InstructionLimitExceeded | LuaError::Timeout | LuaError::ScriptKilled => "limit",
        LuaError::InvalidHandle | LuaError::StaleHandle => "handle",
        LuaError::TableIndexError(_) | LuaError::MetamethodError(_) | LuaError::CallError(_) => "table",
        LuaError::ArgumentError { expected: _, got: _ } => "argument",
        LuaError::UndefinedGlobal(_) => "global",
        LuaError::TransactionError(_) | LuaError::InvalidTransactionState => "transaction",
        LuaError::DetailedTransactionStateError { current_state: _, expected_state: _, operation: _, location: _ } => {
            "transaction"
        }
        LuaError::CFunctionError(_) | LuaError::InternalError(_) | LuaError::NotImplemented(_) => "other",
    }
}

#[test]
fn errors_of_scripts_become_errors_of_the_service() {
    let text = |error: LuaError| FerrousError::from(error);
    let syntax = LuaError::SyntaxError { message: "m".into(), line: 1, column: 2 };
    assert!(matches!(text(syntax), FerrousError::LuaCompilationError(m) if m == "line 1:2: m"));
    let compile = LuaError::CompileError("m".into());
    assert!(matches!(text(compile), FerrousError::LuaCompilationError(m) if m == "m"));
    let runtime = LuaError::RuntimeError("m".into());
    assert!(matches!(text(runtime), FerrousError::LuaRuntimeError(m) if m == "m"));
    let traceback = LuaTraceback { frames: Vec::new() };
    let traced = LuaError::RuntimeErrorWithTrace { message: "m".into(), traceback: traceback.clone() };
    assert!(matches!(text(traced), FerrousError::LuaRuntimeError(m) if m == format!("m\n{traceback}")));
    assert!(matches!(text(LuaError::Timeout), FerrousError::LuaTimeout));
    assert!(matches!(text(LuaError::ScriptKilled), FerrousError::ScriptKilled));
    assert!(matches!(text(LuaError::OutOfMemory), FerrousError::LuaError(m) if m == "out of memory"));
    let texts = [
        (FerrousError::LuaError("m".into()), "ERR m"),
        (FerrousError::LuaCompilationError("m".into()), "ERR Error compiling script: m"),
        (FerrousError::LuaRuntimeError("m".into()), "ERR Error running script: m"),
        (FerrousError::LuaTimeout, "ERR Script execution time limit exceeded"),
        (FerrousError::ScriptKilled, "ERR Script killed by user"),
        (FerrousError::ScriptNotFound("m".into()), "NOSCRIPT m"),
        (FerrousError::Internal("m".into()), "Internal error: m"),
    ];
    for (error, text) in texts {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn arenas() {
    struct Plain;
    traits! {
        has_copy: Handle<Plain>;
        has_full_eq: Handle<Plain>;
        has_hash: Handle<Plain>;
        has_debug: Handle<Plain>;
        has_default: Arena<Plain>;
        crosses_threads: Arena<u8>, Handle<u8>;
    }
    signatures! {
        Arena::<Plain>::new => fn() -> Arena<Plain>;
        Arena::<Plain>::with_capacity => fn(usize) -> Arena<Plain>;
        Arena::<Plain>::insert => fn(&mut Arena<Plain>, Plain) -> Handle<Plain>;
        Arena::<Plain>::get => fn(&Arena<Plain>, Handle<Plain>) -> Option<&Plain>;
        Arena::<Plain>::get_mut => fn(&mut Arena<Plain>, Handle<Plain>) -> Option<&mut Plain>;
        Arena::<Plain>::remove => fn(&mut Arena<Plain>, Handle<Plain>) -> Option<Plain>;
        Arena::<Plain>::contains => fn(&Arena<Plain>, Handle<Plain>) -> bool;
        Arena::<Plain>::len => fn(&Arena<Plain>) -> usize;
        Arena::<Plain>::is_empty => fn(&Arena<Plain>) -> bool;
        Arena::<Plain>::clear => fn(&mut Arena<Plain>);
        Arena::<Plain>::capacity => fn(&Arena<Plain>) -> usize;
        Arena::<Plain>::reserve => fn(&mut Arena<Plain>, usize);
        Arena::<Plain>::might_reallocate_on_insert => fn(&Arena<Plain>) -> bool;
        Arena::<Plain>::validate_handle => fn(&Arena<Plain>, &Handle<Plain>) -> LuaResult<()>;
    }
    let mut arena = Arena::new();
    let (one, two) = (arena.insert(1), arena.insert(2));
    assert_eq!(format!("{one:?} {two:?}"), "Handle { index: 0, generation: 1 } Handle { index: 1, generation: 2 }");
    assert_eq!((arena.remove(one), arena.remove(two), arena.remove(two)), (Some(1), Some(2), None));
    assert_eq!(arena.validate_handle(&two), Err(LuaError::InvalidHandle));
    // The place that was freed last is taken first.
    let three = arena.insert(3);
    assert_eq!(format!("{three:?}"), "Handle { index: 1, generation: 3 }");
    assert_eq!(arena.validate_handle(&two), Err(LuaError::StaleHandle));
    assert_eq!((arena.get(two), arena.get(three), arena.len()), (None, Some(&3), 1));
    arena.clear();
    assert_eq!(format!("{:?}", arena.insert(4)), "Handle { index: 0, generation: 4 }");
    assert_eq!(size_of::<Handle<Plain>>(), 8);
}

#[test]
fn handles() {
    fn all<T, H>()
    where
        H: Debug + Copy + Eq + Hash + From<Handle<T>> + ValidatableHandle + Send + Sync,
        Handle<T>: From<H>,
        T: Resource<Handle = H>,
    {
        assert_eq!(size_of::<H>(), 8);
    }
    all::<LuaString, StringHandle>();
    all::<Table, TableHandle>();
    all::<Closure, ClosureHandle>();
    all::<Thread, ThreadHandle>();
    all::<Upvalue, UpvalueHandle>();
    all::<UserData, UserDataHandle>();
    all::<FunctionProto, FunctionProtoHandle>();
    let mut tables = Arena::<Table>::new();
    tables.insert(Table::new());
    let handle = TableHandle::from(tables.insert(Table::new()));
    assert_eq!(format!("{handle:?}"), "TableHandle(Handle { index: 1, generation: 2 })");
    assert!(tables.contains(handle.into()));
    signatures! {
        TableHandle::validate_against_heap => fn(&TableHandle, &LuaHeap) -> LuaResult<()>;
        TableHandle::validation_key => fn(&TableHandle) -> ValidationKey;
    }
    traits! {
        has_debug: ValidationKey;
        has_copy: ValidationKey;
        has_full_eq: ValidationKey;
        has_hash: ValidationKey;
    }
}

/// What real callers do: no wildcard.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Boolean(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Table(_) => "table",
        Value::Closure(_) => "closure",
        Value::Thread(_) => "thread",
        Value::CFunction(_) => "C function",
        Value::UserData(_) => "userdata",
        Value::FunctionProto(_) => "prototype",
    }
}

#[test]
fn values() {
    traits! {
        has_clone: Value, HashableValue, Table, LuaString;
        has_debug: Value, HashableValue, Table, LuaString;
        has_full_eq: Value, HashableValue, OrderedFloat, Table, LuaString;
        has_hash: Value, HashableValue, OrderedFloat, Table, LuaString;
        has_display: Value;
        has_copy: OrderedFloat;
        has_default: Table;
        crosses_threads: Value, Table;
    }
    signatures! {
        Value::type_name => fn(&Value) -> &'static str;
        Value::is_nil => fn(&Value) -> bool;
        Value::is_number => fn(&Value) -> bool;
        Value::is_string => fn(&Value) -> bool;
        Value::is_table => fn(&Value) -> bool;
        Value::is_function => fn(&Value) -> bool;
        Value::is_falsey => fn(&Value) -> bool;
        Value::to_boolean => fn(&Value) -> bool;
        Value::to_number => fn(&Value) -> Option<f64>;
        LuaString::from_bytes => fn(Vec<u8>) -> LuaString;
        LuaString::as_bytes => fn(&LuaString) -> &[u8];
        LuaString::to_str => fn(&LuaString) -> Result<&str, std::str::Utf8Error>;
        LuaString::len => fn(&LuaString) -> usize;
        LuaString::is_empty => fn(&LuaString) -> bool;
        Table::new => fn() -> Table;
        Table::with_capacity => fn(usize, usize) -> Table;
        Table::metatable => fn(&Table) -> Option<TableHandle>;
        Table::set_metatable => fn(&mut Table, Option<TableHandle>);
        Table::array_len => fn(&Table) -> usize;
        Table::get_array => fn(&Table, usize) -> Option<&Value>;
        Table::set_array => fn(&mut Table, usize, Value);
        Table::get_field => for<'x> fn(&'x Table, &Value) -> Option<&'x Value>;
        Table::get => for<'x> fn(&'x Table, &Value) -> Option<&'x Value>;
        Table::set_field => fn(&mut Table, Value, Value) -> LuaResult<()>;
        HashableValue::is_hashable => fn(&Value) -> bool;
        HashableValue::from_string_handle => fn(Handle<LuaString>) -> HashableValue;
        HashableValue::from_value_with_context => fn(&Value, &str) -> LuaResult<HashableValue>;
        HashableValue::from_value => fn(&Value) -> LuaResult<HashableValue>;
        HashableValue::to_value => fn(&HashableValue) -> Value;
    }
    assert_eq!(size_of::<Value>(), 16);
    assert_eq!([LuaString::new("a"), LuaString::new(String::from("a"))], ["a".into(), String::from("a").into()]);
    let LuaString { bytes } = LuaString::from("b");
    assert_eq!(bytes, b"b");
    let native: CFunction = |_| Ok(0);
    let value = Value::CFunction(native);
    assert_eq!((kind(&value), value.type_name(), value.to_string()), ("C function", "function", "<C function>".into()));
    assert_ne!(Value::Number(f64::NAN), Value::Number(f64::NAN));
    assert_eq!(Value::Number(0.0), Value::Number(-0.0));
    assert_ne!(OrderedFloat(0.0), OrderedFloat(-0.0));
    assert_eq!(HashableValue::Number(OrderedFloat(f64::NAN)), HashableValue::Number(OrderedFloat(f64::NAN)));
    for key in [HashableValue::Nil, HashableValue::Boolean(true), HashableValue::Number(OrderedFloat(1.5))] {
        match &key {
            HashableValue::Nil => assert_eq!(format!("{key:?}"), "Nil"),
            HashableValue::Boolean(_) => assert_eq!(format!("{key:?}"), "Boolean(true)"),
            HashableValue::Number(_) => assert_eq!(format!("{key:?}"), "Number(OrderedFloat(1.5))"),
            HashableValue::String(_) => unreachable!("there is none"),
        }
    }
    let error = LuaError::TypeError {
        expected: "nil, boolean, number, or string (in here)".into(),
        got: "function (functions cannot be used as keys)".into(),
    };
    assert_eq!(HashableValue::from_value_with_context(&value, "here"), Err(error));
    let mut table = Table { array: vec![Value::Nil], map: HashMap::<HashableValue, Value>::new(), metatable: None };
    table.set_array(9, Value::Nil);
    assert!(table.set_field(value.clone(), Value::Nil).is_err() && table.get(&value).is_none());
    assert_eq!(table.array_len(), 1);
}

#[test]
fn plain_data() {
    macro_rules! plain {
        ($($type:ty),*) => {
            $(has_debug::<$type>(); has_clone::<$type>(); has_full_eq::<$type>(); has_hash::<$type>();)*
        };
    }
    plain!(FunctionProto, UpvalueInfo, Closure, ThreadStatus, Thread, CallFrame, Upvalue, UserData);
    has_copy::<UpvalueInfo>();
    has_copy::<ThreadStatus>();
    let info = UpvalueInfo { in_stack: true, index: 0_u8 };
    let proto = FunctionProto {
        bytecode: vec![0_u32],
        constants: vec![Value::Nil],
        num_params: 0_u8,
        is_vararg: false,
        max_stack_size: 2_u8,
        upvalues: vec![info],
    };
    let closure = Closure { proto, upvalues: Vec::<UpvalueHandle>::new() };
    let handle = ClosureHandle::from(Arena::new().insert(closure));
    let frame = CallFrame {
        closure: handle,
        pc: 0_usize,
        base_register: 0_u16,
        expected_results: None::<usize>,
        varargs: None::<Vec<Value>>,
    };
    let thread = Thread {
        call_frames: vec![frame],
        stack: vec![Value::Nil],
        status: ThreadStatus::Normal,
        open_upvalues: Vec::new(),
    };
    match thread.status {
        ThreadStatus::Running | ThreadStatus::Suspended | ThreadStatus::Normal | ThreadStatus::Error => {}
    }
    assert_ne!(thread, Thread::new());
    let upvalue = Upvalue { stack_index: None::<usize>, value: Some(Value::Nil) };
    assert_eq!(format!("{upvalue:?}"), "Upvalue { stack_index: None, value: Some(Nil) }");
    let userdata = UserData { type_id: TypeId::of::<u8>(), data: vec![0_u8], metatable: None::<TableHandle> };
    assert_eq!(userdata.clone(), userdata);
}

#[test]
fn heaps() {
    traits! {
        has_default: LuaHeap;
        crosses_threads: LuaHeap, LuaVM, HeapTransaction<'static>, ExecutionContext<'static>;
    }
    signatures! {
        LuaHeap::new => fn() -> LuaResult<LuaHeap>;
        LuaHeap::globals => fn(&LuaHeap) -> LuaResult<TableHandle>;
        LuaHeap::registry => fn(&LuaHeap) -> LuaResult<TableHandle>;
        LuaHeap::main_thread => fn(&LuaHeap) -> LuaResult<ThreadHandle>;
        LuaHeap::get_string_value => fn(&LuaHeap, StringHandle) -> LuaResult<String>;
        LuaHeap::create_string_with_validation => fn(&mut LuaHeap, &str, &[StringHandle]) -> LuaResult<StringHandle>;
        LuaHeap::create_table_with_validation => fn(&mut LuaHeap, &[TableHandle]) -> LuaResult<TableHandle>;
        LuaHeap::create_closure_with_validation
            => fn(&mut LuaHeap, Closure, &[ClosureHandle]) -> LuaResult<ClosureHandle>;
        LuaHeap::create_function_proto_with_validation
            => fn(&mut LuaHeap, FunctionProto, &[FunctionProtoHandle]) -> LuaResult<FunctionProtoHandle>;
        LuaHeap::might_reallocate::<u8> => fn(&LuaHeap, &Arena<u8>) -> bool;
        LuaHeap::validate_before_reallocation::<u8, fn(&LuaHeap, &Handle<u8>) -> LuaResult<()>>
            => fn(&LuaHeap, &[Handle<u8>], fn(&LuaHeap, &Handle<u8>) -> LuaResult<()>) -> LuaResult<()>;
    }
    macro_rules! checks {
        ($($handle:ty: $validate:ident $index:ident $generation:ident;)*) => {
            $(signatures! {
                LuaHeap::$validate => fn(&LuaHeap, $handle) -> LuaResult<()>;
                LuaHeap::$index => fn(&LuaHeap, u32) -> bool;
                LuaHeap::$generation => fn(&LuaHeap, u32, u32) -> bool;
            })*
        };
    }
    checks! {
        StringHandle: validate_string_handle is_valid_string_index is_valid_string_generation;
        TableHandle: validate_table_handle is_valid_table_index is_valid_table_generation;
        ClosureHandle: validate_closure_handle is_valid_closure_index is_valid_closure_generation;
        ThreadHandle: validate_thread_handle is_valid_thread_index is_valid_thread_generation;
        UpvalueHandle: validate_upvalue_handle is_valid_upvalue_index is_valid_upvalue_generation;
        UserDataHandle: validate_userdata_handle is_valid_userdata_index is_valid_userdata_generation;
        FunctionProtoHandle: validate_function_proto_handle is_valid_function_proto_index
            is_valid_function_proto_generation;
    }
}

fn transactions<'a>() {
    type Tx<'a> = HeapTransaction<'a>;
    signatures! {
        Tx::<'a>::new => fn(&'a mut LuaHeap) -> Tx<'a>;
        Tx::<'a>::create_string => fn(&mut Tx<'a>, &str) -> LuaResult<StringHandle>;
        Tx::<'a>::get_string_value => fn(&mut Tx<'a>, StringHandle) -> LuaResult<String>;
        Tx::<'a>::get_string_bytes => for<'x> fn(&'x mut Tx<'a>, StringHandle) -> LuaResult<&'x [u8]>;
        Tx::<'a>::create_table => fn(&mut Tx<'a>) -> LuaResult<TableHandle>;
        Tx::<'a>::read_table_field => fn(&mut Tx<'a>, TableHandle, &Value) -> LuaResult<Value>;
        Tx::<'a>::get_table => for<'x> fn(&'x mut Tx<'a>, TableHandle) -> LuaResult<&'x Table>;
        Tx::<'a>::set_table_field => fn(&mut Tx<'a>, TableHandle, Value, Value) -> LuaResult<()>;
        Tx::<'a>::get_table_metatable => fn(&mut Tx<'a>, TableHandle) -> LuaResult<Option<TableHandle>>;
        Tx::<'a>::get_table_metatable_two_phase => fn(&mut Tx<'a>, TableHandle) -> LuaResult<Option<TableHandle>>;
        Tx::<'a>::set_table_metatable => fn(&mut Tx<'a>, TableHandle, Option<TableHandle>) -> LuaResult<()>;
        Tx::<'a>::get_globals_table => fn(&mut Tx<'a>) -> LuaResult<TableHandle>;
        Tx::<'a>::get_table_with_metamethods => fn(&mut Tx<'a>, TableHandle, &Value) -> LuaResult<Value>;
        Tx::<'a>::create_thread => fn(&mut Tx<'a>) -> LuaResult<ThreadHandle>;
        Tx::<'a>::get_thread => for<'x> fn(&'x mut Tx<'a>, ThreadHandle) -> LuaResult<&'x Thread>;
        Tx::<'a>::read_register => fn(&mut Tx<'a>, ThreadHandle, usize) -> LuaResult<Value>;
        Tx::<'a>::set_register => fn(&mut Tx<'a>, ThreadHandle, usize, Value) -> LuaResult<()>;
        Tx::<'a>::push_stack => fn(&mut Tx<'a>, ThreadHandle, Value) -> LuaResult<()>;
        Tx::<'a>::pop_stack => fn(&mut Tx<'a>, ThreadHandle, usize) -> LuaResult<()>;
        Tx::<'a>::push_call_frame => fn(&mut Tx<'a>, ThreadHandle, CallFrame) -> LuaResult<()>;
        Tx::<'a>::pop_call_frame => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<()>;
        Tx::<'a>::get_pc => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<usize>;
        Tx::<'a>::get_current_frame => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<CallFrame>;
        Tx::<'a>::current_frame_base => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<u16>;
        Tx::<'a>::set_pc => fn(&mut Tx<'a>, ThreadHandle, usize) -> LuaResult<()>;
        Tx::<'a>::increment_pc => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<()>;
        Tx::<'a>::get_stack_size => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<usize>;
        Tx::<'a>::get_stack_top => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<usize>;
        Tx::<'a>::get_thread_call_depth => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<usize>;
        Tx::<'a>::create_closure => fn(&mut Tx<'a>, Closure) -> LuaResult<ClosureHandle>;
        Tx::<'a>::get_closure => for<'x> fn(&'x mut Tx<'a>, ClosureHandle) -> LuaResult<&'x Closure>;
        Tx::<'a>::get_instruction => fn(&mut Tx<'a>, ClosureHandle, usize) -> LuaResult<u32>;
        Tx::<'a>::create_upvalue => fn(&mut Tx<'a>, Upvalue) -> LuaResult<UpvalueHandle>;
        Tx::<'a>::get_upvalue => for<'x> fn(&'x mut Tx<'a>, UpvalueHandle) -> LuaResult<&'x Upvalue>;
        Tx::<'a>::set_upvalue => fn(&mut Tx<'a>, UpvalueHandle, Value, ThreadHandle) -> LuaResult<()>;
        Tx::<'a>::close_upvalue => fn(&mut Tx<'a>, UpvalueHandle, Value) -> LuaResult<()>;
        Tx::<'a>::create_userdata => fn(&mut Tx<'a>, UserData) -> LuaResult<UserDataHandle>;
        Tx::<'a>::get_userdata => for<'x> fn(&'x mut Tx<'a>, UserDataHandle) -> LuaResult<&'x UserData>;
        Tx::<'a>::get_userdata_metatable => fn(&mut Tx<'a>, UserDataHandle) -> LuaResult<Option<TableHandle>>;
        Tx::<'a>::queue_operation => fn(&mut Tx<'a>, PendingOperation) -> LuaResult<()>;
        Tx::<'a>::table_next => fn(&mut Tx<'a>, TableHandle, Value) -> LuaResult<Option<(Value, Value)>>;
        Tx::<'a>::create_function_proto => fn(&mut Tx<'a>, FunctionProto) -> LuaResult<FunctionProtoHandle>;
        Tx::<'a>::get_function_proto
            => for<'x> fn(&'x mut Tx<'a>, FunctionProtoHandle) -> LuaResult<&'x FunctionProto>;
        Tx::<'a>::get_function_proto_copy => fn(&mut Tx<'a>, FunctionProtoHandle) -> LuaResult<FunctionProto>;
        Tx::<'a>::replace_function_proto
            => fn(&mut Tx<'a>, FunctionProtoHandle, FunctionProto) -> LuaResult<FunctionProtoHandle>;
        Tx::<'a>::find_or_create_upvalue => fn(&mut Tx<'a>, ThreadHandle, usize) -> LuaResult<UpvalueHandle>;
        Tx::<'a>::find_upvalues_above_threshold
            => fn(&mut Tx<'a>, ThreadHandle, usize) -> LuaResult<Vec<UpvalueHandle>>;
        Tx::<'a>::remove_closed_upvalues => fn(&mut Tx<'a>, ThreadHandle) -> LuaResult<()>;
        Tx::<'a>::close_thread_upvalues => fn(&mut Tx<'a>, ThreadHandle, usize) -> LuaResult<()>;
        Tx::<'a>::protect_registers => fn(&mut Tx<'a>, ThreadHandle, usize, usize, &str) -> LuaResult<()>;
        Tx::<'a>::register_protection_scope => fn(&'a mut Tx<'a>, ThreadHandle) -> RegisterProtectionScope<'a>;
        Tx::<'a>::validation_scope => for<'x> fn(&'x mut Tx<'a>) -> ValidScope<'a, 'x>;
        Tx::<'a>::validate_handle::<TableHandle> => fn(&mut Tx<'a>, &TableHandle) -> LuaResult<()>;
        Tx::<'a>::validate_with_context::<UpvalueHandle> => fn(&mut Tx<'a>, &UpvalueHandle, &str) -> LuaResult<()>;
        Tx::<'a>::commit => fn(&mut Tx<'a>) -> LuaResult<Vec<PendingOperation>>;
        Tx::<'a>::abort => fn(&mut Tx<'a>) -> LuaResult<()>;
        Tx::<'a>::reset => fn(&mut Tx<'a>) -> LuaResult<()>;
        Tx::<'a>::is_active => fn(&Tx<'a>) -> bool;
        Tx::<'a>::state => fn(&Tx<'a>) -> TransactionState;
        RegisterProtectionScope::<'a>::protect => fn(&mut RegisterProtectionScope<'a>, usize, &str) -> LuaResult<()>;
        RegisterProtectionScope::<'a>::protect_range
            => fn(&mut RegisterProtectionScope<'a>, usize, usize, &str) -> LuaResult<()>;
        lua_vm::LuaVM::heap_mut => fn(&mut LuaVM) -> &mut LuaHeap;
    }
}

fn scopes<'a: 'x, 'x>(tx: &'x mut HeapTransaction<'a>, handle: TableHandle) -> LuaResult<String> {
    let mut scope: ValidScope<'a, 'x> = ValidScope::new(tx);
    scope.validate(&handle)?;
    scope.validate_all(&[handle])?;
    let one = scope.use_handle(&handle, |scope: &mut ValidScope<'a, 'x>| Ok(scope.transaction().is_active()))?;
    let all = scope.use_handles(&[handle], |_| Ok(one))?;
    assert!(all);
    let _: &mut HeapTransaction<'a> = scope.transaction();
    #[cfg(debug_assertions)]
    return Ok(scope.validation_report());
    #[cfg(not(debug_assertions))]
    return Ok(String::from("x"));
}

/// A host function that still has its transaction when it uses the context again: a `Drop` would forbid it.
fn keeps_its_transaction(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    let mut tx = HeapTransaction::new(ctx.vm_access.heap_mut());
    let table = tx.create_table()?;
    let length = tx.get_table(table)?.array.len();
    ctx.push_result(Value::Number(length as f64))?;
    Ok(1)
}

#[test]
fn transactions_and_scopes() {
    transactions();
    traits! {
        has_debug: TransactionState, HeapChange;
        has_copy: TransactionState;
        has_eq: TransactionState;
        has_clone: HeapChange;
    }
    let mut vm = LuaVM::new().unwrap();
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let table = tx.create_table().unwrap();
    assert!(!scopes(&mut tx, table).unwrap().is_empty());
    match tx.state() {
        TransactionState::Active | TransactionState::Committed | TransactionState::Aborted => {}
    }
    let thread = tx.create_thread().unwrap();
    let mut scope = tx.register_protection_scope(thread);
    let kept = scope.with_protected(&[1, 2], "why", |scope| scope.protect_range(3, 4, "because").map(|()| 5));
    assert_eq!(kept, Ok(5));
    let globals = vm.globals().unwrap();
    let name = Value::String(vm.create_string("f").unwrap());
    vm.set_table(globals, name, Value::CFunction(keeps_its_transaction)).unwrap();
    assert_eq!(vm.eval("return f() + 1"), Ok(Value::Number(1.0)));
    let change = |change: &HeapChange| match change {
        HeapChange::SetTableField { table: _, key: _, value: _ } => 0,
        HeapChange::SetTableMetatable { table: _, metatable: None::<TableHandle> | Some(_) } => 1,
        HeapChange::SetRegister { thread: _, index: _, value: _ } => 2,
        HeapChange::PushStack { thread: _, value: _ } => 3,
        HeapChange::PopStack { thread: _, count: _ } => 4,
        HeapChange::PushCallFrame { thread: _, frame: CallFrame { .. } } => 5,
        HeapChange::PopCallFrame { thread: _ } => 6,
        HeapChange::SetPC { thread: _, pc: _ } => 7,
        HeapChange::SetUpvalue { upvalue: _, value: _, thread: _ } => 8,
        HeapChange::CloseUpvalue { upvalue: _, value: _ } => 9,
    };
    assert_eq!(change(&HeapChange::PopCallFrame { thread }), 6);
}

#[test]
fn operations() {
    traits! {
        has_debug: PendingOperation, ReturnContext, ArithmeticOperation, ExecutionState, StepResult;
        has_clone: PendingOperation, ReturnContext, StepResult;
        has_copy: ArithmeticOperation, ExecutionState;
        has_eq: ExecutionState;
    }
    let operation = |operation: PendingOperation| match operation {
        PendingOperation::FunctionCall { closure: _, args: _, context: _ } => 0,
        PendingOperation::CFunctionCall { function: _, args: _, context: _ } => 1,
        PendingOperation::CFunctionReturn { values: _, context: _ } => 2,
        PendingOperation::MetamethodCall { method: _, target: _, args: _, context: _ } => 3,
        PendingOperation::TableIndex { table: _, key: _, context: _ } => 4,
        PendingOperation::TableNewIndex { table: _, key: _, value: _ } => 5,
        PendingOperation::ArithmeticOp { op: _, left: _, right: _, context: _ } => 6,
        PendingOperation::Concatenation { values: _, current_index: _, dest_register: _, accumulated: _ } => 7,
        PendingOperation::MoveAfterInstruction { from_register: _, to_register: _, execution_pc: _ } => 8,
        PendingOperation::ConcatAfterMetamethod {
            values: _,
            current_index: _,
            dest_register: _,
            accumulated: _,
            result_register: _,
        } => 9,
        PendingOperation::ConcatContinuation { values: _, dest_register: _ } => 10,
        PendingOperation::PostCallRegisterFix { dest_register: _, source_register: _, next_pc: _ } => 11,
        PendingOperation::EvalExecution { source: _, target_window: _, result_register: _, expected_results: _ } => 12,
    };
    let returns = |context: ReturnContext| match context {
        ReturnContext::Register { base: _, offset: _ } => 0,
        ReturnContext::TableField { table: _, key: _ } => 1,
        ReturnContext::Stack | ReturnContext::FinalResult => 2,
        ReturnContext::Metamethod { context: MetamethodContext { mm_type: _, continuation: _ } } => 3,
        ReturnContext::ForLoop { base: _, a: _, c: _, pc: _, sbx: _ } => 4,
        ReturnContext::EvalReturn { target_window: _, result_register: _, expected_results: _ } => 5,
    };
    assert_eq!(returns(ReturnContext::ForLoop { base: 1_u16, a: 1, c: 1, pc: 1, sbx: -1_i32 }), 4);
    let (values, accumulated) = (vec![Value::Nil], vec![String::new()]);
    let concatenation = PendingOperation::Concatenation { values, current_index: 0, dest_register: 1_u16, accumulated };
    assert_eq!(operation(concatenation), 7);
    match ArithmeticOperation::Add {
        ArithmeticOperation::Add | ArithmeticOperation::Sub | ArithmeticOperation::Mul | ArithmeticOperation::Div => {}
        ArithmeticOperation::Mod | ArithmeticOperation::Pow | ArithmeticOperation::Unm => {}
    }
    match ExecutionState::Ready {
        ExecutionState::Ready | ExecutionState::Running | ExecutionState::Yielded => {}
        ExecutionState::Completed | ExecutionState::Error => {}
    }
    match StepResult::Return(vec![Value::Nil]) {
        StepResult::Continue | StepResult::Return(_) | StepResult::Yield(Value::Nil) => {}
        StepResult::Yield(_) | StepResult::Error(LuaError::Timeout) | StepResult::Error(_) => {}
    }
}

fn contexts<'v>() {
    type Ctx<'v> = ExecutionContext<'v>;
    signatures! {
        Ctx::<'v>::arg_count => fn(&Ctx<'v>) -> usize;
        Ctx::<'v>::get_arg => fn(&mut Ctx<'v>, usize) -> LuaResult<Value>;
        Ctx::<'v>::get_arg_str => fn(&mut Ctx<'v>, usize) -> LuaResult<String>;
        Ctx::<'v>::get_string_arg => fn(&mut Ctx<'v>, usize) -> LuaResult<String>;
        Ctx::<'v>::get_number_arg => fn(&mut Ctx<'v>, usize) -> LuaResult<f64>;
        Ctx::<'v>::get_bool_arg => fn(&mut Ctx<'v>, usize) -> LuaResult<bool>;
        Ctx::<'v>::get_table_arg => fn(&mut Ctx<'v>, usize) -> LuaResult<TableHandle>;
        Ctx::<'v>::push_result => fn(&mut Ctx<'v>, Value) -> LuaResult<()>;
        Ctx::<'v>::get_results_pushed => fn(&Ctx<'v>) -> usize;
        Ctx::<'v>::get_heap => for<'x> fn(&'x mut Ctx<'v>) -> &'x mut LuaHeap;
        Ctx::<'v>::get_current_thread => fn(&Ctx<'v>) -> LuaResult<ThreadHandle>;
        Ctx::<'v>::get_base_index => fn(&Ctx<'v>) -> LuaResult<usize>;
        Ctx::<'v>::create_string => fn(&mut Ctx<'v>, &str) -> LuaResult<StringHandle>;
        Ctx::<'v>::get_string_from_handle => fn(&mut Ctx<'v>, StringHandle) -> LuaResult<String>;
        Ctx::<'v>::table_next => fn(&mut Ctx<'v>, TableHandle, Value) -> LuaResult<Option<(Value, Value)>>;
        Ctx::<'v>::table_get => fn(&mut Ctx<'v>, TableHandle, Value) -> LuaResult<Value>;
        Ctx::<'v>::table_raw_get => fn(&mut Ctx<'v>, TableHandle, Value) -> LuaResult<Value>;
        Ctx::<'v>::table_set => fn(&mut Ctx<'v>, TableHandle, Value, Value) -> LuaResult<()>;
        Ctx::<'v>::table_raw_set => fn(&mut Ctx<'v>, TableHandle, Value, Value) -> LuaResult<()>;
        Ctx::<'v>::table_length => fn(&mut Ctx<'v>, TableHandle) -> LuaResult<usize>;
        Ctx::<'v>::set_metatable => fn(&mut Ctx<'v>, TableHandle, Option<TableHandle>) -> LuaResult<()>;
        Ctx::<'v>::get_metatable => fn(&mut Ctx<'v>, TableHandle) -> LuaResult<Option<TableHandle>>;
        Ctx::<'v>::check_metamethod => fn(&mut Ctx<'v>, &Value, &str) -> Option<Value>;
        Ctx::<'v>::call_metamethod => fn(&mut Ctx<'v>, Value, Vec<Value>) -> LuaResult<Vec<Value>>;
        Ctx::<'v>::call_function => fn(&mut Ctx<'v>, &Value, Vec<Value>) -> LuaResult<Value>;
        Ctx::<'v>::less_than => fn(&mut Ctx<'v>, &Value, &Value) -> LuaResult<bool>;
        Ctx::<'v>::get_global_function => fn(&mut Ctx<'v>, &str) -> LuaResult<Value>;
        Ctx::<'v>::globals_get => fn(&mut Ctx<'v>, &str) -> LuaResult<Value>;
    }
}

#[test]
fn machines() {
    contexts();
    signatures! {
        LuaVM::new => fn() -> LuaResult<LuaVM>;
        LuaVM::init_stdlib => fn(&mut LuaVM) -> LuaResult<()>;
        LuaVM::execute_module => fn(&mut LuaVM, &CompiledModule, &[Value]) -> LuaResult<Value>;
        LuaVM::execute_function => fn(&mut LuaVM, ClosureHandle, &[Value]) -> LuaResult<Value>;
        LuaVM::eval => fn(&mut LuaVM, &str) -> LuaResult<Value>;
        LuaVM::eval_script => fn(&mut LuaVM, &str) -> LuaResult<Value>;
        LuaVM::set_context => fn(&mut LuaVM, ScriptContext) -> LuaResult<()>;
        LuaVM::heap => fn(&LuaVM) -> &LuaHeap;
        LuaVM::create_table => fn(&mut LuaVM) -> LuaResult<TableHandle>;
        LuaVM::create_string => fn(&mut LuaVM, &str) -> LuaResult<StringHandle>;
        LuaVM::set_table => fn(&mut LuaVM, TableHandle, Value, Value) -> LuaResult<()>;
        LuaVM::set_table_index => fn(&mut LuaVM, TableHandle, usize, Value) -> LuaResult<()>;
        LuaVM::globals => fn(&mut LuaVM) -> LuaResult<TableHandle>;
        LuaVM::calculate_table_length => fn(&mut LuaVM, TableHandle) -> LuaResult<usize>;
        LuaVM::capture_traceback => fn(&mut LuaVM) -> LuaResult<LuaTraceback>;
        LuaVM::create_runtime_error_with_trace => fn(&mut LuaVM, String) -> LuaError;
        LuaVM::create_type_error_with_trace => fn(&mut LuaVM, String, String) -> LuaError;
        LuaVM::debug_get_global => fn(&mut LuaVM, &str) -> LuaResult<(bool, Value)>;
        LuaVM::debug_list_globals => fn(&mut LuaVM) -> LuaResult<Vec<String>>;
        LuaVM::example_table_operation => fn(&mut LuaVM, TableHandle, Value) -> LuaResult<Value>;
        Instruction::opcode => fn(&Instruction) -> lua_vm::OpCode;
        Instruction::a => fn(&Instruction) -> u8;
        Instruction::b => fn(&Instruction) -> u8;
        Instruction::c => fn(&Instruction) -> u8;
        Instruction::bx => fn(&Instruction) -> u32;
        Instruction::sbx => fn(&Instruction) -> i32;
        lua_vm::opcode_to_u8 => fn(lua_vm::OpCode) -> u8;
        lua_vm::u8_to_opcode => fn(u8) -> lua_vm::OpCode;
        codegen::opcode_to_u8 => fn(OpCode) -> u8;
        codegen::u8_to_opcode => fn(u8) -> OpCode;
        lua_vm::lua_eval => CFunction;
    }
    traits! {
        has_debug: OpCode, lua_vm::OpCode;
        has_copy: OpCode, lua_vm::OpCode;
        has_eq: OpCode, lua_vm::OpCode;
    }
    // The field is public.
    let _ = |ctx: &mut ExecutionContext<'_>| ctx.vm_access.eval("").is_ok();
}

#[test]
fn opcodes() {
    macro_rules! numbers {
        ($($variant:ident)*) => {
            [$((codegen::opcode_to_u8(OpCode::$variant), lua_vm::opcode_to_u8(lua_vm::OpCode::$variant), stringify!($variant)),)*]
        };
    }
    let all = numbers! {
        Move LoadK LoadBool LoadNil GetUpval GetGlobal SetGlobal SetUpval GetTable SetTable NewTable Self_ Add Sub Mul Div
        Mod Pow Unm Not Len Concat Jmp Eq Lt Le Test TestSet Call TailCall Return ForPrep ForLoop TForLoop SetList VarArg
        Closure Close ExtraArg
    };
    for (number, (compiler, machine, name)) in all.into_iter().enumerate() {
        assert_eq!((usize::from(compiler), usize::from(machine)), (number, number), "{name}");
        assert_eq!(
            format!("{:?} {:?}", codegen::u8_to_opcode(compiler), lua_vm::u8_to_opcode(machine)),
            format!("{name} {name}")
        );
    }
    assert_eq!(lua_vm::opcode_to_u8(lua_vm::OpCode::Eval), 39);
    assert_eq!((codegen::u8_to_opcode(39), codegen::u8_to_opcode(255)), (OpCode::Move, OpCode::Move));
    assert_eq!(lua_vm::u8_to_opcode(40), lua_vm::OpCode::Move);
    // Opcode in bits 0–5, A 6–13, C 14–22, B 23–31; B and C are cut to eight bits.
    let word = Instruction(12 | 3 << 6 | 0x105 << 14 | 0x107 << 23);
    assert_eq!((word.opcode(), word.a(), word.b(), word.c()), (lua_vm::OpCode::Add, 3, 7, 5));
    assert_eq!(Instruction(22 | (131_071 + 5) << 14).sbx(), 5);
    assert_eq!(
        (Instruction(u32::MAX).bx(), Instruction(22).sbx(), Instruction(u32::MAX).0),
        (0x3_ffff, -131_071, u32::MAX)
    );
}
