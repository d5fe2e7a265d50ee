//! [`HeapTransaction`]: how the old API reads and changes a heap.
//!
//! Built on the same journal as the transactions of the old VM, over the core's objects:
//!
//! - reads never see the transaction's own queued writes; writes are queued, and applied in order by [`HeapTransaction::commit`];
//! - creating an object takes effect at once and survives an abort;
//! - whatever can be refused is refused when it is queued; if a commit fails all the same (there is no memory), nothing of it is
//!   applied;
//! - there is no `Drop`, and nothing in it has drop glue that carries the borrow: callers keep a transaction in scope while they use the
//!   machine again, which the borrow checker allows for that reason only. Dropping it discards what was queued.

mod apply;
mod closures;
mod scope;
mod threads;

pub use crate::legacy::journal::{TransactionState, ValidationKey};
pub use scope::{RegisterProtectionScope, ValidScope};

use super::error::{InOldWords, LuaError, LuaResult};
use super::handle::{
    ClosureHandle, FunctionProtoHandle, Numbers, StringHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle,
};
use super::heap::LuaHeap;
use super::pending::PendingOperation;
use super::value::{CallFrame, HashableValue, OrderedFloat, Table, UserData, Value};
use crate::compat::deprecation::{self, Api};
use crate::legacy::journal::Journal;

/// A change that waits for the commit.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the fields are the arguments of the transaction's methods")]
pub enum HeapChange {
    /// Store in a table.
    SetTableField { table: TableHandle, key: Value, value: Value },
    /// Set a table's metatable.
    SetTableMetatable { table: TableHandle, metatable: Option<TableHandle> },
    /// Set a value on a thread's stack.
    SetRegister { thread: ThreadHandle, index: usize, value: Value },
    /// Push a value.
    PushStack { thread: ThreadHandle, value: Value },
    /// Pop values.
    PopStack { thread: ThreadHandle, count: usize },
    /// Push a call.
    PushCallFrame { thread: ThreadHandle, frame: CallFrame },
    /// Pop a call.
    PopCallFrame { thread: ThreadHandle },
    /// Set the next instruction of the innermost call.
    SetPC { thread: ThreadHandle, pc: usize },
    /// Set an upvalue.
    SetUpvalue { upvalue: UpvalueHandle, value: Value, thread: ThreadHandle },
    /// Close an upvalue.
    CloseUpvalue { upvalue: UpvalueHandle, value: Value },
}

/// A handle that a heap can check.
pub trait ValidatableHandle: Clone + Copy + Numbers {
    /// Checks it.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`] or [`LuaError::StaleHandle`].
    fn validate_against_heap(&self, heap: &LuaHeap) -> LuaResult<()>;

    /// What identifies it in a cache of checks.
    fn validation_key(&self) -> ValidationKey;
}

macro_rules! validatable {
    ($($handle:ident($self:ident, $heap:ident) => $check:expr;)*) => {
        $(impl ValidatableHandle for $handle {
            fn validate_against_heap(&$self, $heap: &LuaHeap) -> LuaResult<()> {
                $check
            }

            fn validation_key(&self) -> ValidationKey {
                ValidationKey::new($handle::KIND, self.0.index(), self.0.generation())
            }
        })*
    };
}

fn in_core(heap: &LuaHeap, value: crate::Value) -> LuaResult<()> {
    if heap.core.is_valid(value) { Ok(()) } else { Err(LuaError::InvalidHandle) }
}

validatable! {
    StringHandle(self, heap) => in_core(heap, crate::Value::String((*self).into()));
    TableHandle(self, heap) => in_core(heap, crate::Value::Table((*self).into()));
    ClosureHandle(self, heap) => in_core(heap, crate::Value::Function((*self).into()));
    ThreadHandle(self, heap) => in_core(heap, crate::Value::Thread((*self).into()));
    UserDataHandle(self, heap) => in_core(heap, crate::Value::UserData((*self).into()));
    UpvalueHandle(self, heap) => {
        let side = heap.side().ok_or(LuaError::InvalidHandle)?;
        side.upvalues.validate_handle(&self.0.cast())
    };
    FunctionProtoHandle(self, heap) => {
        let side = heap.side().ok_or(LuaError::InvalidHandle)?;
        side.protos.validate_handle(&(*self).into())
    };
}

/// A series of reads and queued writes.
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use the methods of ferrous::LuaVM; see MIGRATION.md#old-transaction")
)]
pub struct HeapTransaction<'a> {
    pub(super) heap: &'a mut LuaHeap,
    journal: Journal<HeapChange, PendingOperation>,
    /// What the last `get_table` gave out.
    table: Table,
    /// What the last `get_userdata` gave out.
    userdata: Option<UserData>,
}

impl<'a> HeapTransaction<'a> {
    /// An active transaction.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use the methods of ferrous::LuaVM, which take effect at once; see MIGRATION.md#old-transaction"
        )
    )]
    #[track_caller]
    pub fn new(heap: &'a mut LuaHeap) -> Self {
        deprecation::used(Api::HeapTransactionNew);
        HeapTransaction { heap, journal: Journal::new(), table: Table::default(), userdata: None }
    }

    /// Stepping out: the heap, as it is without what is queued.
    pub fn heap_mut(&mut self) -> &mut LuaHeap {
        self.heap
    }

    // State.

    /// Whether operations are accepted.
    pub fn is_active(&self) -> bool {
        self.journal.is_active()
    }

    /// The state.
    pub fn state(&self) -> TransactionState {
        self.journal.state()
    }

    /// Applies what is queued, in order, and returns the queued operations. A second commit returns nothing.
    ///
    /// # Errors
    /// [`LuaError::InvalidTransactionState`] after an abort; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use no transaction: the methods of ferrous::LuaVM take effect at once; see MIGRATION.md#old-transaction"
        )
    )]
    #[track_caller]
    pub fn commit(&mut self) -> LuaResult<Vec<PendingOperation>> {
        deprecation::used(Api::HeapTransactionCommit);
        let mut changes = Vec::new();
        let operations = self
            .journal
            .commit(|change| {
                changes.push(change);
                Ok(())
            })
            .in_old_words()?;
        apply::apply_all(self.heap, changes)?;
        Ok(operations)
    }

    /// Drops what is queued.
    ///
    /// # Errors
    /// [`LuaError::InvalidTransactionState`] if the transaction is not active.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use no transaction: the methods of ferrous::LuaVM take effect at once; see MIGRATION.md#old-transaction"
        )
    )]
    #[track_caller]
    pub fn abort(&mut self) -> LuaResult<()> {
        deprecation::used(Api::HeapTransactionAbort);
        self.journal.abort().map_err(|_| LuaError::InvalidTransactionState)
    }

    /// Makes the transaction active and empty, whatever state it is in.
    ///
    /// # Errors
    /// None.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use no transaction: the methods of ferrous::LuaVM take effect at once; see MIGRATION.md#old-transaction"
        )
    )]
    #[track_caller]
    pub fn reset(&mut self) -> LuaResult<()> {
        deprecation::used(Api::HeapTransactionReset);
        self.journal.reset();
        Ok(())
    }

    /// Queues an operation for the caller of [`HeapTransaction::commit`].
    ///
    /// # Errors
    /// If the transaction is not active, or a handle in a function call is not valid.
    pub fn queue_operation(&mut self, operation: PendingOperation) -> LuaResult<()> {
        self.journal.check_active().in_old_words()?;
        if let PendingOperation::FunctionCall { closure, args, .. } = &operation {
            self.check(closure, "queue_operation")?;
            for arg in args {
                self.check_value(arg, "queue_operation argument")?;
            }
        }
        self.journal.queue_operation(operation).in_old_words()
    }

    // Validation.

    /// Checks a handle, in whatever state the transaction is.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`] or [`LuaError::StaleHandle`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::is_valid; see MIGRATION.md#old-transaction")
    )]
    #[track_caller]
    pub fn validate_handle<H: ValidatableHandle>(&mut self, handle: &H) -> LuaResult<()> {
        deprecation::used(Api::HeapTransactionValidateHandle);
        let key = handle.validation_key();
        if !self.journal.is_validated(key) {
            handle.validate_against_heap(self.heap)?;
            self.journal.mark_validated(key);
        }
        Ok(())
    }

    /// Likewise; the error is in words, with this context.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::is_valid; see MIGRATION.md#old-transaction")
    )]
    #[track_caller]
    pub fn validate_with_context<H: ValidatableHandle>(&mut self, handle: &H, context: &str) -> LuaResult<()> {
        deprecation::used(Api::HeapTransactionValidateWithContext);
        deprecation::own(|| {
            self.validate_handle(handle).map_err(|error| {
            let (index, generation) = handle.numbers();
            LuaError::RuntimeError(match error {
                LuaError::StaleHandle => format!(
                    "Stale handle in {context}: index {index} generation {generation} (slot reused with different generation)"
                ),
                _ => format!("Invalid handle in {context}: index {index} (possibly out of bounds or already freed)"),
            })
        })
        })
    }

    /// What every operation begins with: the state, then the handle.
    fn check<H: ValidatableHandle>(&mut self, handle: &H, context: &str) -> LuaResult<()> {
        self.journal.check_active().in_old_words()?;
        self.validate_with_context(handle, context)
    }

    /// Checks the handle in a value. A prototype's is checked when it is used.
    fn check_value(&mut self, value: &Value, context: &str) -> LuaResult<()> {
        match value {
            Value::String(handle) => self.validate_with_context(handle, &format!("{context} (string)")),
            Value::Table(handle) => self.validate_with_context(handle, &format!("{context} (table)")),
            Value::Closure(handle) => self.validate_with_context(handle, &format!("{context} (closure)")),
            Value::Thread(handle) => self.validate_with_context(handle, &format!("{context} (thread)")),
            Value::UserData(handle) => self.validate_with_context(handle, &format!("{context} (userdata)")),
            Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::CFunction(_) | Value::FunctionProto(_) => Ok(()),
        }
    }

    // Strings.

    /// A string. Equal text gives an equal handle.
    ///
    /// # Errors
    /// If the transaction is not active; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_string; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_string(&mut self, text: &str) -> LuaResult<StringHandle> {
        deprecation::used(Api::HeapTransactionCreateString);
        self.journal.check_active().in_old_words()?;
        self.heap.create_string(text.as_bytes())
    }

    /// A string as text.
    ///
    /// # Errors
    /// If the transaction is not active, the handle is not valid, or the bytes are not UTF-8.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::string_bytes; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_string_value(&mut self, handle: StringHandle) -> LuaResult<String> {
        deprecation::used(Api::HeapTransactionGetStringValue);
        let bytes = self.string_bytes(handle, "get_string_value")?;
        let text =
            std::str::from_utf8(bytes).map_err(|_| LuaError::RuntimeError("Invalid UTF-8 in string".to_owned()))?;
        Ok(text.to_owned())
    }

    /// A string's bytes.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::string_bytes; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_string_bytes(&mut self, handle: StringHandle) -> LuaResult<&[u8]> {
        deprecation::used(Api::HeapTransactionGetStringBytes);
        self.string_bytes(handle, "get_string_bytes")
    }

    fn string_bytes(&mut self, handle: StringHandle, context: &str) -> LuaResult<&[u8]> {
        self.check(&handle, context)?;
        self.heap.core.string_bytes(handle.into()).ok_or(LuaError::InvalidHandle)
    }

    // Tables.

    /// An empty table.
    ///
    /// # Errors
    /// If the transaction is not active; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_table; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_table(&mut self) -> LuaResult<TableHandle> {
        deprecation::used(Api::HeapTransactionCreateTable);
        self.journal.check_active().in_old_words()?;
        self.heap.create_table()
    }

    /// The value at a key, without metamethods; nil if there is none.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::get_table_field; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn read_table_field(&mut self, table: TableHandle, key: &Value) -> LuaResult<Value> {
        deprecation::used(Api::HeapTransactionReadTableField);
        self.check(&table, "read_table_field")?;
        self.check_value(key, "read_table_field key")?;
        self.raw_get(table, key)
    }

    fn raw_get(&mut self, table: TableHandle, key: &Value) -> LuaResult<Value> {
        let key = self.heap.import(key)?;
        let value = self.heap.core.get_table_field(table.into(), key).ok_or(LuaError::InvalidHandle)?;
        Ok(self.heap.export(value))
    }

    /// A snapshot of a table: see [`Table`].
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::table_next; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_table(&mut self, table: TableHandle) -> LuaResult<&Table> {
        deprecation::used(Api::HeapTransactionGetTable);
        self.check(&table, "get_table")?;
        let core = crate::TableHandle::from(table);
        let mut snapshot = Table { metatable: self.heap.metatable(core.into()), ..Table::default() };
        loop {
            let index = (snapshot.array.len() + 1) as f64;
            match self.heap.core.get_table_field(core, crate::Value::Number(index)) {
                None | Some(crate::Value::Nil) => break,
                Some(value) => snapshot.array.push(self.heap.export(value)),
            }
        }
        let mut key = crate::Value::Nil;
        while let Some((next, value)) = self.heap.core.table_next(core, key).in_old_words()? {
            key = next;
            if next.as_number().is_some_and(|n| n >= 1.0 && n.fract() == 0.0 && n <= snapshot.array.len() as f64) {
                continue;
            }
            // A key of another kind cannot be one of a snapshot.
            if let Ok(key) = HashableValue::from_value(&self.heap.export(next)) {
                let value = self.heap.export(value);
                snapshot.map.insert(key, value);
            }
        }
        self.table = snapshot;
        Ok(&self.table)
    }

    /// Queues `table[key] = value`, without metamethods; nil removes.
    ///
    /// # Errors
    /// If the transaction is not active, a handle is not valid, or the key is nil or NaN.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::set_table_field; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn set_table_field(&mut self, table: TableHandle, key: Value, value: Value) -> LuaResult<()> {
        deprecation::used(Api::HeapTransactionSetTableField);
        self.check(&table, "set_table_field")?;
        self.check_value(&key, "set_table_field key")?;
        self.check_value(&value, "set_table_field value")?;
        match key {
            Value::Nil => return Err(LuaError::RuntimeError("table index is nil".to_owned())),
            Value::Number(n) if n.is_nan() => return Err(LuaError::RuntimeError("table index is NaN".to_owned())),
            _ => {}
        }
        self.journal.queue(HeapChange::SetTableField { table, key, value }).in_old_words()
    }

    /// A table's metatable.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::metatable; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_table_metatable(&mut self, table: TableHandle) -> LuaResult<Option<TableHandle>> {
        deprecation::used(Api::HeapTransactionGetTableMetatable);
        self.check(&table, "get_table_metatable")?;
        Ok(self.heap.metatable(crate::Value::Table(table.into())))
    }

    /// A table's metatable, which is checked, too.
    ///
    /// # Errors
    /// As [`HeapTransaction::get_table_metatable`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::metatable; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_table_metatable_two_phase(&mut self, table: TableHandle) -> LuaResult<Option<TableHandle>> {
        deprecation::used(Api::HeapTransactionGetTableMetatableTwoPhase);
        deprecation::own(|| {
            let metatable = self.get_table_metatable(table)?;
            if let Some(metatable) = &metatable {
                self.check(metatable, "get_table_metatable_two_phase")?;
            }
            Ok(metatable)
        })
    }

    /// Queues setting a table's metatable.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::set_metatable; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn set_table_metatable(&mut self, table: TableHandle, metatable: Option<TableHandle>) -> LuaResult<()> {
        deprecation::used(Api::HeapTransactionSetTableMetatable);
        self.check(&table, "set_table_metatable")?;
        if let Some(metatable) = &metatable {
            self.check(metatable, "set_table_metatable metatable")?;
        }
        self.journal.queue(HeapChange::SetTableMetatable { table, metatable }).in_old_words()
    }

    /// The table of global variables.
    ///
    /// # Errors
    /// If the transaction is not active.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::globals; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_globals_table(&mut self) -> LuaResult<TableHandle> {
        deprecation::used(Api::HeapTransactionGetGlobalsTable);
        deprecation::own(|| {
            self.journal.check_active().in_old_words()?;
            self.heap.globals()
        })
    }

    /// The value at a key, or if there is none, that in the table that `__index` names. A function there is not called.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::get; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_table_with_metamethods(&mut self, table: TableHandle, key: &Value) -> LuaResult<Value> {
        deprecation::used(Api::HeapTransactionGetTableWithMetamethods);
        self.check(&table, "get_table_with_metamethods")?;
        self.check_value(key, "get_table_with_metamethods key")?;
        let value = self.raw_get(table, key)?;
        if !value.is_nil() {
            return Ok(value);
        }
        let Some(metatable) = self.heap.metatable(crate::Value::Table(table.into())) else { return Ok(Value::Nil) };
        let index = Value::String(self.heap.create_string(b"__index")?);
        match self.raw_get(metatable, &index)? {
            Value::Table(other) => self.raw_get(other, key),
            _ => Ok(Value::Nil),
        }
    }

    /// The entry after the one with this key; nil asks for the first.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::table_next; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn table_next(&mut self, table: TableHandle, current_key: Value) -> LuaResult<Option<(Value, Value)>> {
        deprecation::used(Api::HeapTransactionTableNext);
        self.check(&table, "table_next")?;
        self.check_value(&current_key, "table_next key")?;
        let key = self.heap.import(&current_key)?;
        match self.heap.core.table_next(table.into(), key) {
            Ok(Some((key, value))) => Ok(Some((self.heap.export(key), self.heap.export(value)))),
            // There is no such key.
            Ok(None) | Err(crate::Error::Runtime(_)) => Ok(None),
            Err(error) => Err(LuaError::from_core(error)),
        }
    }

    // Userdata.

    /// A userdata.
    ///
    /// # Errors
    /// If the transaction is not active, or its metatable is not valid; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_userdata; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_userdata(&mut self, userdata: UserData) -> LuaResult<UserDataHandle> {
        deprecation::used(Api::HeapTransactionCreateUserdata);
        self.journal.check_active().in_old_words()?;
        if let Some(metatable) = &userdata.metatable {
            self.check(metatable, "create_userdata metatable")?;
        }
        self.heap.create_userdata(userdata)
    }

    /// A userdata's contents.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_userdata; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_userdata(&mut self, userdata: UserDataHandle) -> LuaResult<&UserData> {
        deprecation::used(Api::HeapTransactionGetUserdata);
        self.check(&userdata, "get_userdata")?;
        let contents = self.heap.userdata(userdata);
        Ok(self.userdata.insert(contents))
    }

    /// A userdata's metatable.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::metatable; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_userdata_metatable(&mut self, userdata: UserDataHandle) -> LuaResult<Option<TableHandle>> {
        deprecation::used(Api::HeapTransactionGetUserdataMetatable);
        self.check(&userdata, "get_userdata_metatable")?;
        Ok(self.heap.metatable(crate::Value::UserData(userdata.into())))
    }
}

/// A number as a key of a snapshot.
impl From<f64> for HashableValue {
    fn from(n: f64) -> Self {
        HashableValue::Number(OrderedFloat(n))
    }
}
