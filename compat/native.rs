//! Host functions of the old API as functions of the core.
//!
//! The core's host function lends the running machine to the old one, as a `LuaVM` of the old API in an [`ExecutionContext`].
//! An error of the old function is a Lua error with the same text, which a program can catch; if none does, the
//! caller of the old API gets the very error.

use super::context::ExecutionContext;
use super::error::{InOldWords, LuaError, LuaResult, message_for_lua};
use super::handle::{ClosureHandle, Numbers};
use super::heap::LuaHeap;
use super::side::Thrown;
use super::value::{CFunction, Value};
use super::vm::LuaVM;
use crate::{Call, CallError, FunctionHandle};

/// The core's object of a host function.
pub(super) fn object_of(heap: &mut LuaHeap, function: CFunction) -> LuaResult<FunctionHandle> {
    let address = function as usize;
    if let Some(&object) = heap.side_mut().natives.get(&address) {
        return Ok(object);
    }
    let object = heap.core.create_function(move |call| call_old(call, function)).in_old_words()?;
    heap.pin_core(object.into());
    let side = heap.side_mut();
    side.natives.insert(address, object);
    side.native_of.insert(ClosureHandle::from(object).key(), function);
    Ok(object)
}

fn call_old(call: &mut Call<'_>, function: CFunction) -> Result<usize, CallError> {
    let args = call.args();
    let outcome = call.lend(|core| {
        let mut vm = LuaVM::lent(core);
        let outcome = run(&mut vm, function, &args);
        (vm.give_back(), outcome)
    })?;
    match outcome {
        Ok(results) => {
            let count = results.len();
            results.into_iter().try_for_each(|result| call.push(result))?;
            Ok(count)
        }
        Err(message) => Err(CallError::new(message)),
    }
}

/// Runs a host function; an error is remembered, and its message returned.
fn run(vm: &mut LuaVM, function: CFunction, args: &[crate::Value]) -> Result<Vec<crate::Value>, String> {
    let args: Vec<Value> = args.iter().map(|&arg| vm.heap.export(arg)).collect();
    run_with(vm, function, args).map_err(|error| {
        let message = message_for_lua(&error);
        vm.heap.side_mut().thrown = Some(Thrown { message: message.clone(), error });
        message
    })
}

fn run_with(vm: &mut LuaVM, function: CFunction, args: Vec<Value>) -> LuaResult<Vec<crate::Value>> {
    let results = call_with_values(vm, function, args)?;
    results.iter().map(|result| vm.heap.import(result)).collect()
}

/// Calls a host function with arguments: its results.
pub(super) fn call_with_values(vm: &mut LuaVM, function: CFunction, args: Vec<Value>) -> LuaResult<Vec<Value>> {
    let thread = vm.heap.main_thread()?;
    // Where `tx.read_register` finds the arguments.
    let stack = &mut vm.heap.thread(thread).stack;
    let base = stack.len();
    stack.extend(args.iter().cloned());
    let side = vm.heap.side_mut();
    let outer = std::mem::take(&mut side.registers_set);
    side.depth += 1;
    let mut context = ExecutionContext::new(vm, thread, base, args);
    let count = function(&mut context);
    let pushed = context.into_results();
    let side = vm.heap.side_mut();
    // The function may have put another machine in this one's place, which is refused later.
    side.depth = side.depth.saturating_sub(1);
    let set = std::mem::replace(&mut side.registers_set, outer);
    let stack = &mut vm.heap.thread(thread).stack;
    let registers = stack.split_off(base.min(stack.len()));
    let count = count?;
    let Ok(count) = usize::try_from(count) else {
        return Err(LuaError::CFunctionError(format!("a host function returned {count} results")));
    };
    let mut results = pushed;
    results.truncate(count);
    for place in results.len()..count {
        // A result that was not pushed was set as a register, or is nil.
        let register = registers.get(place).filter(|_| set.contains(&(base + place)));
        results.push(register.cloned().unwrap_or(Value::Nil));
        if place > MAX_RESULTS {
            return Err(LuaError::CFunctionError(format!("a host function returned {count} results")));
        }
    }
    Ok(results)
}

/// What fits on a stack.
const MAX_RESULTS: usize = 1_000_000;
