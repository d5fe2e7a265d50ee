//! Functions, prototypes and upvalues in a transaction.

use super::threads::MAX_STACK;
use super::{HeapChange, HeapTransaction};
use crate::compat::deprecation::{self, Api};
use crate::compat::error::{InOldWords, LuaError, LuaResult};
use crate::compat::handle::{ClosureHandle, FunctionProtoHandle, Handle, Numbers, ThreadHandle, UpvalueHandle};
use crate::compat::value::{Closure, FunctionProto, Upvalue, Value};

/// Functions.
impl HeapTransaction<'_> {
    /// A function of a prototype and upvalues. Code that the verifier of bytecode refuses makes a function that fails when
    /// it is called, with the reason.
    ///
    /// # Errors
    /// If the transaction is not active, or an upvalue is not valid; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::load; see MIGRATION.md#old-functions")
    )]
    #[track_caller]
    pub fn create_closure(&mut self, closure: Closure) -> LuaResult<ClosureHandle> {
        deprecation::used(Api::HeapTransactionCreateClosure);
        self.journal.check_active().in_old_words()?;
        for upvalue in &closure.upvalues {
            self.check(upvalue, "create_closure upvalue")?;
        }
        self.heap.create_closure(closure)
    }

    /// A function's prototype and upvalues. Of a function of the library, both are empty.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn get_closure(&mut self, closure: ClosureHandle) -> LuaResult<&Closure> {
        self.check(&closure, "get_closure")?;
        self.heap.closure(closure)
    }

    /// An instruction of a function.
    ///
    /// # Errors
    /// If the transaction is not active, the handle is not valid, or there is no such instruction.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::bytecode::Proto; see MIGRATION.md#old-functions")
    )]
    #[track_caller]
    pub fn get_instruction(&mut self, closure: ClosureHandle, pc: usize) -> LuaResult<u32> {
        deprecation::used(Api::HeapTransactionGetInstruction);
        self.check(&closure, "get_instruction")?;
        let code = &self.heap.closure(closure)?.proto.bytecode;
        let out = || LuaError::RuntimeError(format!("PC {pc} out of bounds (bytecode size: {})", code.len()));
        code.get(pc).copied().ok_or_else(out)
    }

    /// An upvalue.
    ///
    /// # Errors
    /// If the transaction is not active.
    pub fn create_upvalue(&mut self, upvalue: Upvalue) -> LuaResult<UpvalueHandle> {
        self.journal.check_active().in_old_words()?;
        if let Some(value) = &upvalue.value {
            self.check_value(value, "create_upvalue value")?;
        }
        Ok(self.heap.create_upvalue(upvalue))
    }

    /// An upvalue's contents.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn get_upvalue(&mut self, upvalue: UpvalueHandle) -> LuaResult<&Upvalue> {
        self.check(&upvalue, "get_upvalue")?;
        self.heap.load_from_link(upvalue)?;
        Ok(&self.heap.captured(upvalue)?.upvalue)
    }

    /// Queues setting an upvalue: on that thread's stack while it is open.
    ///
    /// # Errors
    /// If the transaction is not active, a handle is not valid, or the upvalue is beyond what a stack can hold.
    pub fn set_upvalue(&mut self, upvalue: UpvalueHandle, value: Value, thread: ThreadHandle) -> LuaResult<()> {
        self.check(&upvalue, "set_upvalue")?;
        self.check_value(&value, "set_upvalue value")?;
        self.check(&thread, "set_upvalue thread")?;
        if self.heap.captured(upvalue)?.upvalue.stack_index.is_some_and(|index| index >= MAX_STACK) {
            return Err(LuaError::StackOverflow);
        }
        self.journal.queue(HeapChange::SetUpvalue { upvalue, value, thread }).in_old_words()
    }

    /// Queues closing an upvalue with a value.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    pub fn close_upvalue(&mut self, upvalue: UpvalueHandle, value: Value) -> LuaResult<()> {
        self.check(&upvalue, "close_upvalue")?;
        self.check_value(&value, "close_upvalue value")?;
        self.journal.queue(HeapChange::CloseUpvalue { upvalue, value }).in_old_words()
    }

    /// A prototype.
    ///
    /// # Errors
    /// If the transaction is not active.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::compiler::compile; see MIGRATION.md#old-functions")
    )]
    #[track_caller]
    pub fn create_function_proto(&mut self, proto: FunctionProto) -> LuaResult<FunctionProtoHandle> {
        deprecation::used(Api::HeapTransactionCreateFunctionProto);
        self.journal.check_active().in_old_words()?;
        Ok(self.heap.create_proto(proto))
    }

    /// A prototype's contents.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::bytecode::Proto; see MIGRATION.md#old-functions")
    )]
    #[track_caller]
    pub fn get_function_proto(&mut self, proto: FunctionProtoHandle) -> LuaResult<&FunctionProto> {
        deprecation::used(Api::HeapTransactionGetFunctionProto);
        self.check(&proto, "get_function_proto")?;
        self.heap.proto(proto)
    }

    /// A copy of a prototype.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::bytecode::Proto; see MIGRATION.md#old-functions")
    )]
    #[track_caller]
    pub fn get_function_proto_copy(&mut self, proto: FunctionProtoHandle) -> LuaResult<FunctionProto> {
        deprecation::used(Api::HeapTransactionGetFunctionProtoCopy);
        self.check(&proto, "get_function_proto_copy")?;
        self.heap.proto(proto).cloned()
    }

    /// A new prototype in place of another, which stays as it is: use the handle that is returned.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn replace_function_proto(
        &mut self,
        handle: FunctionProtoHandle,
        proto: FunctionProto,
    ) -> LuaResult<FunctionProtoHandle> {
        self.check(&handle, "replace_function_proto")?;
        Ok(self.heap.create_proto(proto))
    }
}

/// What the transactions and the machine do with functions.
impl super::LuaHeap {
    pub(in crate::compat) fn proto(&mut self, proto: FunctionProtoHandle) -> LuaResult<&FunctionProto> {
        let handle: Handle<FunctionProto> = proto.into();
        self.side_mut().protos.get(handle).ok_or(LuaError::InvalidHandle)
    }

    /// A function's prototype and upvalues, which are made for a function of a program when they are first asked for.
    pub(in crate::compat) fn closure(&mut self, closure: ClosureHandle) -> LuaResult<&Closure> {
        if !self.side_mut().closures.contains_key(&closure.key()) {
            let made = self.describe_closure(closure)?;
            self.pin_core(crate::Value::Function(closure.into()));
            self.side_mut().closures.insert(closure.key(), made);
        }
        self.side_mut().closures.get(&closure.key()).ok_or(LuaError::InvalidHandle)
    }
}
