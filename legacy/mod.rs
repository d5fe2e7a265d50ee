//! The old VM: every heap access in a transaction, every call in a register window.
//!
//! It executes a [`Proto`](crate::bytecode::Proto) as it is. It knows the front end, the bytecode and the pure kernels, but never
//! the core's arenas or machine. It is here to be measured and compared with: faithful to its design, not slowed by hand, and not sped up by
//! leaving the design.

#![forbid(unsafe_code)]

mod arena;
mod change;
mod coroutine;
mod driver;
pub(crate) mod error;
mod fault;
pub(crate) mod frame;
pub(crate) mod handle;
pub(crate) mod heap;
pub(crate) mod journal;
mod limits;
mod load;
pub(crate) mod memory;
pub(crate) mod native;
pub(crate) mod opcodes;
mod output;
pub(crate) mod register_window;
mod stdlib;
mod step;
pub(crate) mod table;
pub(crate) mod transaction;
mod unwind;
mod valid_scope;
pub(crate) mod value;
pub(crate) mod vm;
mod window_guard;
mod window_loops;
mod window_pool;
mod window_protection;
mod window_report;
mod window_timeline;

pub use error::{LuaError, LuaResult};
pub use handle::{
    ClosureHandle, FunctionProtoHandle, Handle, StringHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle,
};
pub use heap::{LuaHeap, ObjectCounts, ValidatableHandle};
pub use journal::{TransactionState, ValidationKey};
pub use limits::KillHandle;
pub use native::{CalledAs, ExecutionContext, Failure, NativeResult, NativeReturn};
pub use output::Output;
pub use register_window::{
    DEFAULT_WINDOW_SIZE, MAX_OPEN_REGISTERS, MAX_POOL_WINDOWS_PER_SIZE, MAX_REGISTERS_PER_WINDOW,
    MAX_TOTAL_POOL_WINDOWS, MIN_RECYCLABLE_WINDOW_SIZE, RegisterValue, RegisterWindow, RegisterWindowSystem,
    WindowStack,
};
pub use table::Table;
pub use transaction::{HeapTransaction, PendingOperation};
pub use valid_scope::ValidScope;
pub use value::{
    CFunction, CallFrame, Closure, FunctionProto, LuaString, OpenUpvalue, Thread, ThreadStatus, Upvalue, UserData,
    Value,
};
pub use vm::LuaVM;
pub use window_guard::RegisterProtectionGuard;
pub use window_loops::{
    FORLOOP_INDEX_OFFSET, FORLOOP_LIMIT_OFFSET, FORLOOP_STEP_OFFSET, FORLOOP_VAR_OFFSET, TFORLOOP_CONTROL_OFFSET,
    TFORLOOP_ITER_OFFSET, TFORLOOP_STATE_OFFSET, TFORLOOP_VAR_OFFSET,
};
pub use window_report::{
    ExcessiveNesting, LargeProtection, MemoryConcern, PoolInefficiency, UnusualWindowSize, WindowIssues, WindowStats,
};
pub use window_timeline::{DebugConfig, TimelineEntry, WindowEvent};
