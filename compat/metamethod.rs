//! Metamethods, as the old API names and finds them.

use std::fmt;

use super::error::LuaResult;
use super::handle::{StringHandle, TableHandle, ThreadHandle};
use super::pending::{PendingOperation, ReturnContext};
use super::transaction::HeapTransaction;
use super::value::Value;

macro_rules! metamethods {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// An event.
        #[derive(Debug, Clone, Copy, Eq, PartialEq, Hash)]
        pub enum MetamethodType {
            $($(#[$doc])* $variant,)*
        }

        impl MetamethodType {
            /// The name of its field in a metatable.
            pub fn name(&self) -> &'static str {
                match self {
                    $(MetamethodType::$variant => $name,)*
                }
            }
        }
    };
}
metamethods! {
    /// Reading an absent field.
    Index "__index",
    /// Storing in an absent field.
    NewIndex "__newindex",
    /// Calling.
    Call "__call",
    /// `+`
    Add "__add",
    /// `-`
    Sub "__sub",
    /// `*`
    Mul "__mul",
    /// `/`
    Div "__div",
    /// `%`
    Mod "__mod",
    /// `^`
    Pow "__pow",
    /// unary `-`
    Unm "__unm",
    /// `..`
    Concat "__concat",
    /// `#`
    Len "__len",
    /// `==`
    Eq "__eq",
    /// `<`
    Lt "__lt",
    /// `<=`
    Le "__le",
    /// `tostring`
    ToString "__tostring",
    /// Finalization.
    Gc "__gc",
    /// Weakness.
    Mode "__mode",
}

impl MetamethodType {
    /// Whether it is of a comparison.
    pub fn is_comparison(&self) -> bool {
        matches!(self, MetamethodType::Eq | MetamethodType::Lt | MetamethodType::Le)
    }

    /// Whether it is of an arithmetic operator.
    pub fn is_arithmetic(&self) -> bool {
        use MetamethodType as M;
        matches!(self, M::Add | M::Sub | M::Mul | M::Div | M::Mod | M::Pow | M::Unm)
    }
}

impl fmt::Display for MetamethodType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a queued metamethod call is for.
#[derive(Debug, Clone)]
pub struct MetamethodContext {
    /// The event.
    pub mm_type: MetamethodType,
    /// What becomes of the result.
    pub continuation: MetamethodContinuation,
}

/// What becomes of a metamethod's result.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the fields are what their names say, and nothing reads them")]
pub enum MetamethodContinuation {
    /// It goes to a register.
    StoreInRegister { base: u16, offset: usize },
    /// It goes to a table.
    TableAssignment { table: TableHandle, key: Value },
    /// It is a truth value for a register.
    ComparisonResult { base: u16, a: usize, invert: bool },
    /// It decides a skip.
    ComparisonSkip { thread: ThreadHandle, expected: bool },
    /// Another operation follows.
    ChainOperation { next_op: Box<PendingOperation> },
}

/// The metamethod of a table or userdata.
///
/// # Errors
/// If the transaction is not active, or a handle is not valid.
pub fn resolve_metamethod(
    tx: &mut HeapTransaction<'_>,
    value: &Value,
    event: MetamethodType,
) -> LuaResult<Option<Value>> {
    let metatable = match value {
        Value::Table(table) => tx.get_table_metatable(*table)?,
        Value::UserData(userdata) => tx.get_userdata_metatable(*userdata)?,
        _ => None,
    };
    let Some(metatable) = metatable else { return Ok(None) };
    let name = Value::String(tx.create_string(event.name())?);
    let found = tx.read_table_field(metatable, &name)?;
    Ok((!found.is_nil()).then_some(found))
}

/// The metamethod of the left operand, or else of the right one; and whether it is the right one's.
///
/// # Errors
/// As [`resolve_metamethod`].
pub fn resolve_binary_metamethod(
    tx: &mut HeapTransaction<'_>,
    left: &Value,
    right: &Value,
    event: MetamethodType,
) -> LuaResult<Option<(Value, bool)>> {
    if let Some(found) = resolve_metamethod(tx, left, event)? {
        return Ok(Some((found, false)));
    }
    Ok(resolve_metamethod(tx, right, event)?.map(|found| (found, true)))
}

/// Queues the call of a metamethod, which the transaction's commit returns.
///
/// # Errors
/// If the transaction is not active.
pub fn queue_metamethod_call(
    tx: &mut HeapTransaction<'_>,
    event: MetamethodType,
    target: Value,
    args: Vec<Value>,
    continuation: MetamethodContinuation,
) -> LuaResult<()> {
    let method: StringHandle = tx.create_string(event.name())?;
    let context = ReturnContext::Metamethod { context: MetamethodContext { mm_type: event, continuation } };
    tx.queue_operation(PendingOperation::MetamethodCall { method, target, args, context })
}

/// A value as a number: a string is converted as Lua does it.
///
/// # Errors
/// If the transaction is not active, or the handle is not valid.
pub fn coerce_to_number(tx: &mut HeapTransaction<'_>, value: &Value) -> LuaResult<Option<f64>> {
    match value {
        Value::Number(n) => Ok(Some(*n)),
        Value::String(handle) => Ok(crate::kernel::number::parse_number(tx.get_string_bytes(*handle)?)),
        _ => Ok(None),
    }
}

/// Two values as numbers, if both are.
///
/// # Errors
/// As [`coerce_to_number`].
pub fn can_coerce_arithmetic(
    tx: &mut HeapTransaction<'_>,
    left: &Value,
    right: &Value,
) -> LuaResult<Option<(f64, f64)>> {
    let (left, right) = (coerce_to_number(tx, left)?, coerce_to_number(tx, right)?);
    Ok(left.zip(right))
}
