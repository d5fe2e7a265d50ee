//! Tables and globals: reads and writes by key, with the chains of `__index` and `__newindex` (manual §2.8).

use super::{internal, rk, type_fault};
use crate::bytecode::FIELDS_PER_FLUSH;
use crate::bytecode::{Instruction, OpCode};
use crate::legacy::memory::{Culprit, Fault, Memory, Outcome, Request, Then, View};

/// Longest chain of `__index` or `__newindex` (PUC's `MAXTAGLOOP`).
const MAX_CHAIN: usize = 100;

pub(super) fn get_global<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let environment = memory.environment()?;
    let name = memory.constant(word.bx() as usize)?;
    let found = find_index(memory, environment, &name, Culprit::Unnamed)?;
    finish_index(memory, found, name, word.a() as usize)
}

pub(super) fn get_table<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let object = memory.register(word.b() as usize)?;
    let (key, _) = rk(memory, word.c())?;
    let found = find_index(memory, object, &key, Culprit::Register(word.b() as usize))?;
    finish_index(memory, found, key, word.a() as usize)
}

pub(super) fn self_<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let object = memory.register(word.b() as usize)?;
    let (key, _) = rk(memory, word.c())?;
    let found = find_index(memory, object.clone(), &key, Culprit::Register(word.b() as usize))?;
    memory.set_register(word.a() as usize + 1, object)?;
    finish_index(memory, found, key, word.a() as usize)
}

pub(super) fn set_global<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let environment = memory.environment()?;
    let name = memory.constant(word.bx() as usize)?;
    let value = memory.register(word.a() as usize)?;
    store(memory, environment, name, value, Culprit::Unnamed)
}

pub(super) fn set_table<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let object = memory.register(word.a() as usize)?;
    let (key, _) = rk(memory, word.b())?;
    let (value, _) = rk(memory, word.c())?;
    store(memory, object, key, value, Culprit::Register(word.a() as usize))
}

pub(super) fn new_table<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let table = memory.table(floating_byte(word.b()), floating_byte(word.c()))?;
    memory.set_register(word.a() as usize, table)?;
    Ok(Request::Continue)
}

pub(super) fn set_list<M: Memory>(memory: &mut M, word: Instruction, pc: usize) -> Outcome<M::Value> {
    let base = word.a() as usize;
    let count = match word.b() as usize {
        0 => memory.top().saturating_sub(base + 1),
        count => count,
    };
    let (batch, request) = match word.c() {
        0 => match memory.proto().code.get(pc + 1) {
            Some(extra) if extra.try_opcode() == Some(OpCode::ExtraArg) => (extra.ax() as usize, Request::Skip),
            _ => return Err(internal(format!("no EXTRAARG follows the SETLIST at pc {pc}"))),
        },
        batch => (batch as usize, Request::Continue),
    };
    let first = batch.saturating_sub(1) * FIELDS_PER_FLUSH as usize;
    let table = memory.register(base)?;
    let mut values = Vec::with_capacity(count);
    for index in 1..=count {
        values.push(memory.register(base + index)?);
    }
    memory.grow_array(&table, first + count)?;
    for (index, value) in values.into_iter().enumerate() {
        let key = memory.number((first + index + 1) as f64);
        memory.raw_set(&table, &key, value)?;
    }
    Ok(request)
}

/// Where a search for a key ended.
pub(crate) enum Found<V> {
    Value(V),
    /// A metamethod is to be called with this object.
    Call {
        method: V,
        object: V,
    },
}

/// `luaV_gettable`, up to the call of a metamethod.
pub(crate) fn find_index<M: Memory>(
    memory: &mut M,
    mut object: M::Value,
    key: &M::Value,
    mut operand: Culprit,
) -> Result<Found<M::Value>, Fault> {
    for _ in 0..MAX_CHAIN {
        let method = if memory.view(&object) == View::Table {
            let value = memory.raw_get(&object, key)?;
            if memory.view(&value) != View::Nil {
                return Ok(Found::Value(value));
            }
            let method = memory.metamethod(&object, "__index")?;
            if memory.view(&method) == View::Nil {
                return Ok(Found::Value(value));
            }
            method
        } else {
            let method = memory.metamethod(&object, "__index")?;
            if memory.view(&method) == View::Nil {
                return Err(type_fault(memory, "index", &object, operand));
            }
            method
        };
        if memory.view(&method) == View::Function {
            return Ok(Found::Call { method, object });
        }
        object = method;
        operand = Culprit::Unnamed;
    }
    Err(Fault::Message("loop in gettable"))
}

fn finish_index<M: Memory>(
    memory: &mut M,
    found: Found<M::Value>,
    key: M::Value,
    register: usize,
) -> Outcome<M::Value> {
    match found {
        Found::Value(value) => {
            memory.set_register(register, value)?;
            Ok(Request::Continue)
        }
        Found::Call { method, object } => Ok(Request::Call {
            function: method,
            args: vec![object, key],
            named: Culprit::Unnamed,
            then: Then::Store { register },
        }),
    }
}

/// `luaV_settable`, up to the call of a metamethod.
fn store<M: Memory>(
    memory: &mut M,
    mut object: M::Value,
    key: M::Value,
    value: M::Value,
    mut operand: Culprit,
) -> Outcome<M::Value> {
    for _ in 0..MAX_CHAIN {
        let method = if memory.view(&object) == View::Table {
            let old = memory.raw_get(&object, &key)?;
            let method = if memory.view(&old) == View::Nil {
                // As in PUC, what can be no key is refused before a metamethod could see it.
                match memory.view(&key) {
                    View::Nil => return Err(Fault::Message("table index is nil")),
                    View::Number(n) if n.is_nan() => return Err(Fault::Message("table index is NaN")),
                    _ => memory.metamethod(&object, "__newindex")?,
                }
            } else {
                memory.nil()
            };
            if memory.view(&method) == View::Nil {
                memory.raw_set(&object, &key, value)?;
                return Ok(Request::Continue);
            }
            method
        } else {
            let method = memory.metamethod(&object, "__newindex")?;
            if memory.view(&method) == View::Nil {
                return Err(type_fault(memory, "index", &object, operand));
            }
            method
        };
        if memory.view(&method) == View::Function {
            return Ok(Request::Call {
                function: method,
                args: vec![object, key, value],
                named: Culprit::Unnamed,
                then: Then::Discard,
            });
        }
        object = method;
        operand = Culprit::Unnamed;
    }
    Err(Fault::Message("loop in settable"))
}

/// A size that `NEWTABLE` gives as `eeeeexxx` (PUC's "floating point byte"): `(8 + xxx) << (eeeee - 1)`.
fn floating_byte(byte: u32) -> usize {
    match byte >> 3 & 0x1f {
        0 => byte as usize,
        exponent => ((byte & 7) as usize + 8).checked_shl(exponent - 1).unwrap_or(usize::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::floating_byte;
    use pretty_assertions::assert_eq;

    #[test]
    fn floating_bytes_are_pucs() {
        let sizes: Vec<usize> = [0, 7, 8, 15, 16, 17, 24, 0xff].into_iter().map(floating_byte).collect();
        assert_eq!(sizes, [0, 7, 8, 15, 16, 18, 32, 15 << 30]);
    }
}
