//! Register windows as a container: named windows, guards, recycling, reports.

use ferrous::lua::error::{LuaError, LuaResult};
use ferrous::lua::register_window::*;
use ferrous::lua::value::Value;
use ferrous::lua::vm::LuaVM;

fn calls(vm: &mut LuaVM) -> LuaResult<()> {
    let mut rw = RegisterWindowSystem::new(1024);
    #[cfg(debug_assertions)]
    rw.configure_debug(DebugConfig { enable_timeline: true, ..DebugConfig::default() });
    let main = rw.use_named_window("main", 32)?;
    assert_eq!(rw.use_named_window("main", 99)?, main);
    let text = vm.create_string("hello")?;
    rw.set_register(main, 0, Value::String(text))?;
    rw.set_register(main, 1, Value::Number(10.0))?;
    for depth in 0..10 {
        let window = rw.allocate_window(16)?;
        assert_eq!(rw.get_register(window, 5)?, &Value::Nil, "a new window shows nothing");
        rw.set_register(window, 5, Value::Number(depth as f64))?;
        rw.copy_register(main, 1, window, 6)?;
        assert_eq!(rw.get_register(window, 6)?, &Value::Number(10.0));
    }
    assert_eq!(rw.current_window(), Some(10));
    assert_eq!(rw.window_stack.len(), 11);
    for _ in 0..10 {
        rw.deallocate_window()?;
    }
    let again = rw.allocate_window(16)?;
    assert_eq!(rw.get_register(again, 5)?, &Value::Nil);
    rw.set_window_name(again, "again")?;
    assert_eq!(rw.get_window_name(again), Some("again"));
    let stats = rw.get_stats();
    assert_eq!((stats.windows_allocated(), stats.peak_window_count(), stats.recycling_hits()), (12, 11, 1));
    let (pooled, sizes, rate) = rw.get_pool_stats();
    println!("pool: {} windows, {} sizes, hit rate {}", pooled, sizes, rate);
    rw.set_pool_limits(2, 4);
    rw.clean_pool(true);
    assert_eq!(rw.get_pool_stats().0, 0);
    Ok(())
}

fn guards() -> LuaResult<()> {
    let mut rw = RegisterWindowSystem::new(256);
    let window = rw.allocate_window(64)?;
    {
        let mut guard = rw.protection_guard(window)?;
        guard.protect_range(0, 3)?;
        guard.protect_register(7)?;
        assert_eq!(guard.protected_registers().len(), 4);
        let refused = guard.with_system(|rw| rw.set_register(window, 7, Value::Nil));
        match refused {
            Err(LuaError::RuntimeError(message)) => {
                assert_eq!(message, "Cannot modify protected register 7 in window 0")
            }
            other => panic!("{:?}", other),
        }
        guard.with_system(|rw| rw.set_register(window, 8, Value::Boolean(true)))?;
    }
    rw.set_register(window, 7, Value::Number(1.0))?;
    assert_eq!(rw.get_stats().protection_violations(), 1);
    let guard = rw.protect_registers_guarded(window, &[1, 5, 9])?;
    let rw = guard.release();
    drop(rw.protect_range_guarded(window, 0, 4)?);
    match rw.get_register(window, 64) {
        Err(LuaError::RuntimeError(message)) => assert_eq!(message, "Register 64 out of bounds for window 0 (size 64)"),
        other => panic!("{:?}", other),
    }
    match rw.allocate_window(257) {
        Err(LuaError::RuntimeError(message)) => assert_eq!(message, "Window size 257 exceeds maximum of 256"),
        other => panic!("{:?}", other),
    }
    let issues = rw.detect_issues();
    println!("{}", rw.format_issues(&issues));
    println!("{}{}", rw.visualize_hierarchy(), rw.visualize_window_registers(window));
    println!("{}{}", rw.debug_report(), rw.generate_usage_summary());
    rw.deallocate_window()?;
    assert_eq!(rw.deallocate_window(), Err(LuaError::RuntimeError("No window to deallocate".to_string())));
    Ok(())
}

fn main() -> LuaResult<()> {
    let mut vm = LuaVM::new()?;
    calls(&mut vm)?;
    guards()
}
