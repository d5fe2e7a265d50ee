//! Functions of the host's for scripts, as `CFunction`.

use ferrous::lua::error::{LuaError, LuaResult};
use ferrous::lua::transaction::HeapTransaction;
use ferrous::lua::value::{CFunction, Value};
use ferrous::lua::vm::{ExecutionContext, LuaVM};

fn split(ctx: &mut ExecutionContext) -> LuaResult<i32> {
    if ctx.arg_count() != 2 {
        return Err(LuaError::ArgumentError { expected: 2, got: ctx.arg_count() });
    }
    let text = ctx.get_string_arg(0)?;
    let separator = ctx.get_arg_str(1)?;
    let mut tx = HeapTransaction::new(ctx.vm_access.heap_mut());
    let table = tx.create_table()?;
    for (i, part) in text.split(separator.as_str()).enumerate() {
        let part = tx.create_string(part)?;
        tx.set_table_field(table, Value::Number((i + 1) as f64), Value::String(part))?;
    }
    tx.commit()?;
    ctx.push_result(Value::Table(table))?;
    Ok(1)
}

fn main() -> LuaResult<()> {
    let mut vm = LuaVM::new()?;
    vm.init_stdlib()?;
    let sum: CFunction = |ctx| {
        let mut sum = 0.0;
        for i in 0..ctx.arg_count() {
            sum += ctx.get_number_arg(i)?;
        }
        ctx.push_result(Value::Number(sum))?;
        Ok(1)
    };
    let apply: CFunction = |ctx| {
        let function = ctx.get_arg(0)?;
        let argument = ctx.get_arg(1)?;
        let result = ctx.call_function(&function, vec![argument])?;
        ctx.push_result(result)?;
        Ok(1)
    };
    let minmax: CFunction = |ctx| {
        let (a, b) = (ctx.get_number_arg(0)?, ctx.get_number_arg(1)?);
        ctx.push_result(Value::Number(a.min(b)))?;
        ctx.push_result(Value::Number(a.max(b)))?;
        Ok(2)
    };
    let globals = vm.globals()?;
    for (name, function) in [("split", split as CFunction), ("sum", sum), ("apply", apply), ("minmax", minmax)] {
        let name = vm.create_string(name)?;
        vm.set_table(globals, Value::String(name), Value::CFunction(function))?;
    }
    let source = "
        local parts = split('a,b,c', ',')
        assert(#parts == 3 and parts[3] == 'c')
        assert(sum(1, 2, '3') == 6)
        assert(apply(function(x) return x * 2 end, 21) == 42)
        assert(apply(string.upper, 'x') == 'X')
        local low, high = minmax(7, 3)
        assert(low == 3 and high == 7)
        local ok, message = pcall(split, 'x')
        assert(not ok and message == 'wrong number of arguments: expected 2, got 1', message)
        return 'done'
    ";
    let value = vm.eval(source)?;
    let done = vm.create_string("done")?;
    assert_eq!(value, Value::String(done));
    assert_eq!(vm.eval("split(1)"), Err(LuaError::ArgumentError { expected: 2, got: 1 }));
    Ok(())
}
