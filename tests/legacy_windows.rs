//! The register windows of the old VM against a model that gives each window an array of its own: whatever is pushed, popped, grown,
//! protected, cleaned and written, no window shows or loses what another one writes, and none shows what an earlier one left.

#![cfg(feature = "legacy")]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ferrous::legacy::{
    DebugConfig, LuaError, MAX_OPEN_REGISTERS, MAX_REGISTERS_PER_WINDOW, RegisterWindowSystem, WindowEvent,
};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

type Windows = RegisterWindowSystem<u64>;

#[derive(Debug, Clone)]
enum Op {
    Allocate(usize),
    Named(usize, usize),
    Name(usize, usize),
    Deallocate,
    DeallocateMany(usize),
    Grow(usize, usize),
    Set(usize, usize),
    Copy(usize, usize, usize, usize),
    Protect(usize, usize, usize),
    Unprotect(usize, usize),
    UnprotectAll(usize),
    /// Under a guard of a range, protects a register by request and writes another.
    Guarded(usize, usize, usize, usize, usize),
    Clean(bool),
    Limits(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![Just(0usize), Just(1), Just(7), Just(8), Just(9), 8..40usize, 0..260usize];
    let window = 0..12usize;
    let register = 0..44usize;
    prop_oneof![
        6 => size.clone().prop_map(Op::Allocate),
        1 => (0..3usize, size).prop_map(|(name, size)| Op::Named(name, size)),
        1 => (window.clone(), 0..3usize).prop_map(|(window, name)| Op::Name(window, name)),
        5 => Just(Op::Deallocate),
        1 => (2..12usize).prop_map(Op::DeallocateMany),
        2 => (window.clone(), 0..600usize).prop_map(|(window, size)| Op::Grow(window, size)),
        10 => (window.clone(), register.clone()).prop_map(|(window, register)| Op::Set(window, register)),
        2 => (window.clone(), register.clone(), window.clone(), register.clone()).prop_map(|(a, b, c, d)| Op::Copy(a, b, c, d)),
        2 => (window.clone(), register.clone(), register.clone()).prop_map(|(window, start, end)| Op::Protect(window, start, end)),
        1 => (window.clone(), register.clone()).prop_map(|(window, register)| Op::Unprotect(window, register)),
        1 => window.clone().prop_map(Op::UnprotectAll),
        2 => (window, register.clone(), register.clone(), register.clone(), register).prop_map(|(a, b, c, d, e)| Op::Guarded(a, b, c, d, e)),
        1 => any::<bool>().prop_map(Op::Clean),
        1 => (0..4usize, 0..9usize).prop_map(|(per_size, total)| Op::Limits(per_size, total)),
    ]
}

#[derive(Debug, Default)]
struct ModelWindow {
    registers: Vec<u64>,
    protected: BTreeSet<usize>,
    name: Option<String>,
}

/// What each call should answer, worked out without a flat file, a pool or bit sets.
#[derive(Debug, Default)]
struct Model {
    windows: Vec<ModelWindow>,
}

impl Model {
    fn window(&self, index: usize) -> Result<&ModelWindow, LuaError> {
        self.windows.get(index).ok_or(LuaError::WindowOutOfRange { index, bound: self.windows.len() })
    }

    fn register(&self, window: usize, register: usize) -> Result<u64, LuaError> {
        let registers = &self.window(window)?.registers;
        let bound = registers.len();
        registers.get(register).copied().ok_or(LuaError::RegisterOutOfRange { window, register, bound })
    }

    fn set(&mut self, window: usize, register: usize, value: u64) -> Result<(), LuaError> {
        self.register(window, register)?;
        let found = &mut self.windows[window];
        if found.protected.contains(&register) {
            return Err(LuaError::ProtectedRegister { window, register, bound: found.registers.len() });
        }
        found.registers[register] = value;
        Ok(())
    }

    fn check_range(&self, window: usize, start: usize, end: usize) -> Result<(), LuaError> {
        match (start..end).find(|&register| register >= self.windows.get(window).map_or(0, |w| w.registers.len())) {
            _ if window >= self.windows.len() => self.window(window).map(|_| ()),
            Some(register) => self.register(window, register).map(|_| ()),
            None => Ok(()),
        }
    }

    fn allocate(&mut self, size: usize) -> Result<usize, LuaError> {
        if size > MAX_REGISTERS_PER_WINDOW {
            return Err(LuaError::WindowTooLarge { size, bound: MAX_REGISTERS_PER_WINDOW });
        }
        self.windows.push(ModelWindow { registers: vec![0; size], ..ModelWindow::default() });
        Ok(self.windows.len() - 1)
    }

    fn rename(&mut self, window: usize, name: &str) -> Result<(), LuaError> {
        self.window(window)?;
        self.windows.iter_mut().filter(|w| w.name.as_deref() == Some(name)).for_each(|w| w.name = None);
        self.windows[window].name = Some(name.to_owned());
        Ok(())
    }
}

fn apply(op: &Op, real: &mut Windows, model: &mut Model, fresh: &mut u64) {
    let name = |number: usize| format!("name {number}");
    *fresh += 2;
    let value = *fresh;
    match *op {
        Op::Allocate(size) => assert_eq!(real.allocate_window(size), model.allocate(size)),
        Op::Named(number, size) => {
            let expected = match model.windows.iter().position(|w| w.name == Some(name(number))) {
                Some(window) => Ok(window),
                None => model.allocate(size).inspect(|&window| {
                    model.rename(window, &name(number)).expect("the window is new");
                }),
            };
            assert_eq!(real.use_named_window(&name(number), size), expected);
        }
        Op::Name(window, number) => {
            assert_eq!(real.set_window_name(window, &name(number)), model.rename(window, &name(number)));
        }
        Op::Deallocate => match model.windows.pop() {
            Some(_) => assert_eq!(real.deallocate_window(), Ok(())),
            None => assert_eq!(real.deallocate_window(), Err(LuaError::WindowOutOfRange { index: 0, bound: 0 })),
        },
        Op::DeallocateMany(count) => {
            for _ in 0..count.min(model.windows.len()) {
                model.windows.pop();
                assert_eq!(real.deallocate_window(), Ok(()));
            }
        }
        Op::Grow(window, size) => {
            let expected = model.window(window).map(|_| ());
            if let Some(found) = model.windows.get_mut(window) {
                found.registers.resize(size.max(found.registers.len()), 0);
            }
            assert_eq!(real.grow_window(window, size), expected);
        }
        Op::Set(window, register) => {
            assert_eq!(real.set_register(window, register, value), model.set(window, register, value));
        }
        Op::Copy(from_window, from, to_window, to) => {
            let expected = model.register(from_window, from).and_then(|value| model.set(to_window, to, value));
            assert_eq!(real.copy_register(from_window, from, to_window, to), expected);
        }
        Op::Protect(window, start, end) => {
            let expected = model.check_range(window, start, end);
            if expected.is_ok() {
                model.windows[window].protected.extend(start..end);
            }
            assert_eq!(real.protect_range(window, start, end), expected);
        }
        Op::Unprotect(window, register) => {
            let expected = model.register(window, register).map(|_| {
                model.windows[window].protected.remove(&register);
            });
            assert_eq!(real.unprotect_register(window, register), expected);
        }
        Op::UnprotectAll(window) => {
            let expected = model.window(window).map(|_| ());
            if let Some(found) = model.windows.get_mut(window) {
                found.protected.clear();
            }
            assert_eq!(real.unprotect_all(window), expected);
        }
        Op::Guarded(window, start, end, requested, written) => {
            let expected = model.check_range(window, start, end);
            let guard = real.protect_range_guarded(window, start, end);
            assert_eq!(guard.as_ref().err(), expected.as_ref().err());
            let Ok(mut guard) = guard else { return };
            let before = model.windows[window].protected.clone();
            model.windows[window].protected.extend(start..end);
            // What is asked for while the guard lives outlives it.
            let request = model.check_range(window, requested, requested + 1);
            assert_eq!(guard.with_system(|system| system.protect_register(window, requested)), request);
            let mut after = before;
            if request.is_ok() {
                model.windows[window].protected.insert(requested);
                after.insert(requested);
            }
            let set = model.set(window, written, value);
            assert_eq!(guard.with_system(|system| system.set_register(window, written, value)), set);
            drop(guard);
            model.windows[window].protected = after;
        }
        Op::Clean(force) => {
            real.clean_pool(force);
            if force {
                assert_eq!(real.get_pool_stats().0, 0);
            }
        }
        Op::Limits(per_size, total) => {
            real.set_pool_limits(per_size, total);
            assert!(real.get_pool_stats().0 <= total);
        }
    }
}

fn check(real: &Windows, model: &Model) {
    assert_eq!(real.window_stack.len(), model.windows.len());
    assert_eq!(real.current_window(), model.windows.len().checked_sub(1));
    let mut parts = Vec::new();
    for (index, window) in model.windows.iter().enumerate() {
        assert_eq!(real.get_registers(index), Ok(window.registers.as_slice()), "window {index}");
        assert_eq!(real.get_window_size(index), Some(window.registers.len()));
        assert_eq!(real.get_window_name(index), window.name.as_deref());
        assert_eq!(real.window_stack[index].protected_count(), window.protected.len());
        for &register in &window.protected {
            assert_eq!(real.is_protected(index, register), Ok(true));
        }
        let base = real.get_window_base(index).expect("the window exists");
        if !window.registers.is_empty() {
            parts.push((base, base + window.registers.len()));
        }
    }
    parts.sort_unstable();
    assert!(parts.windows(2).all(|pair| pair[0].1 <= pair[1].0), "windows overlap: {parts:?}");
    assert!(parts.last().is_none_or(|part| part.1 <= real.register_count()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn windows_are_apart(ops in prop::collection::vec(op(), 1..120)) {
        let (mut real, mut model, mut fresh) = (Windows::new(0), Model::default(), 1);
        for op in &ops {
            apply(op, &mut real, &mut model, &mut fresh);
            check(&real, &model);
        }
        // Nothing is lost: without windows and pool there are no registers.
        for _ in 0..model.windows.len() {
            real.deallocate_window().unwrap();
        }
        real.clean_pool(true);
        prop_assert_eq!(real.register_count(), 0);
    }
}

#[test]
fn a_recycled_window_is_nil() {
    let mut windows = Windows::new(16);
    for size in [4, 8, 20, 256] {
        let window = windows.allocate_window(size).unwrap();
        for register in 0..size {
            windows.set_register(window, register, 7).unwrap();
        }
        windows.protect_range(window, 0, size).unwrap();
        windows.deallocate_window().unwrap();
        let again = windows.allocate_window(size).unwrap();
        assert_eq!(windows.get_registers(again), Ok(&vec![0; size][..]));
        assert_eq!(windows.is_protected(again, 0), Ok(false));
        windows.deallocate_window().unwrap();
    }
    assert_eq!(windows.get_stats().recycling_hits(), 3, "all but the smallest are recycled");
}

#[test]
fn recursion_uses_its_registers_again() {
    let mut windows = Windows::new(0);
    let mut recurse = |depth: usize| {
        for level in 0..depth {
            windows.allocate_window(9 + level % 7).unwrap();
        }
        for _ in 0..depth {
            windows.deallocate_window().unwrap();
        }
        windows.register_count()
    };
    let first = recurse(10_000);
    let later = (0..20).map(|_| recurse(10_000)).max();
    assert!(later.is_some_and(|later| later <= first + 2_000), "{first} registers became {later:?}");
}

#[test]
fn the_pool_keeps_its_limits_and_prefers_the_same_size() {
    let mut windows = Windows::new(0);
    for size in [20, 10, 30] {
        windows.allocate_window(size).unwrap();
    }
    for _ in 0..3 {
        windows.deallocate_window().unwrap();
    }
    assert_eq!(windows.get_pool_stats(), (3, 3, 0.0));
    // 10 fits exactly; for 15 the next larger one is 20; for 31 there is none.
    let base = |windows: &Windows| windows.get_window_base(windows.current_window().unwrap()).unwrap();
    windows.allocate_window(10).unwrap();
    assert_eq!(base(&windows), 20);
    windows.allocate_window(15).unwrap();
    assert_eq!(base(&windows), 0);
    windows.allocate_window(31).unwrap();
    assert_eq!(base(&windows), 60);
    assert_eq!(windows.get_pool_stats(), (1, 1, 2.0 / 6.0));
    windows.clean_pool(false);
    assert_eq!(windows.get_pool_stats().0, 1, "the pool is less than half full");
    windows.set_pool_limits(1, 1);
    for _ in 0..3 {
        windows.deallocate_window().unwrap();
    }
    assert_eq!(windows.get_pool_stats().0, 1);
    // Windows too small for the pool never reach it.
    windows.clean_pool(true);
    windows.allocate_window(7).unwrap();
    windows.deallocate_window().unwrap();
    assert_eq!((windows.get_pool_stats().0, windows.register_count()), (0, 0));
}

#[test]
fn names() {
    let mut windows = Windows::new(0);
    let a = windows.use_named_window("a", 4).unwrap();
    assert_eq!(windows.use_named_window("a", 100), Ok(a));
    assert_eq!(windows.get_window_size(a), Some(4));
    let b = windows.allocate_window(4).unwrap();
    windows.set_window_name(b, "a").unwrap();
    assert_eq!((windows.get_window_name(a), windows.get_window_name(b)), (None, Some("a")));
    windows.deallocate_window().unwrap();
    assert_eq!(windows.use_named_window("a", 5), Ok(b), "the name went with its window");
    assert_eq!(windows.get_window_size(b), Some(5));
}

#[test]
fn guards_release_what_they_protected() {
    let mut windows = Windows::new(0);
    let window = windows.allocate_window(10).unwrap();
    windows.protect_register(window, 1).unwrap();
    {
        let mut guard = windows.protect_registers_guarded(window, &[1, 2]).unwrap();
        guard.protect_range(4, 6).unwrap();
        guard.with_system(|system| {
            let mut inner = system.protect_range_guarded(window, 5, 8).unwrap();
            assert_eq!(inner.protected_registers().len(), 2, "5 is the outer guard's");
            inner.with_system(|system| assert!(system.set_register(window, 7, 1).is_err()));
            let system = inner.release();
            assert_eq!(system.set_register(window, 7, 1), Ok(()));
            assert!(system.set_register(window, 5, 1).is_err(), "the outer guard still protects it");
        });
        assert_eq!((guard.window_idx(), guard.protected_registers().len()), (window, 4));
        assert_eq!(guard.system().is_protected(window, 2), Ok(true));
    }
    let protected: Vec<usize> = (0..10).filter(|&register| windows.is_protected(window, register).unwrap()).collect();
    assert_eq!(protected, [1]);

    // By unwinding, too.
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _guard = windows.protect_call_registers(window, 3, 2).unwrap();
        panic!("on purpose");
    }));
    assert!(result.is_err());
    assert_eq!(windows.is_protected(window, 4), Ok(false));

    // A window in the place of the guarded one is not the guard's.
    let mut guard = windows.protect_range_guarded(window, 0, 3).unwrap();
    guard.with_system(|system| {
        system.deallocate_window().unwrap();
        system.allocate_window(10).unwrap();
        system.protect_range(window, 0, 3).unwrap();
    });
    drop(guard);
    assert_eq!(windows.is_protected(window, 2), Ok(true));

    // A guard that cannot protect everything protects nothing.
    windows.unprotect_all_registers(window).unwrap();
    let bad = windows.protect_registers_guarded(window, &[1, 10]).map(|_| ());
    assert_eq!(bad, Err(LuaError::RegisterOutOfRange { window, register: 10, bound: 10 }));
    assert_eq!(windows.is_protected(window, 1), Ok(false));
}

#[test]
fn each_kind_of_guard_protects_its_registers() {
    let mut windows = Windows::new(0);
    let window = windows.allocate_window(12).unwrap();
    let protected = |guard: Result<ferrous::legacy::RegisterProtectionGuard<'_, u64>, LuaError>| {
        let mut registers: Vec<usize> = guard.unwrap().protected_registers().iter().copied().collect();
        registers.sort_unstable();
        registers
    };
    assert_eq!(protected(windows.protect_call_registers(window, 3, 2)), [3, 4, 5]);
    assert_eq!(protected(windows.protect_table_operation(window, 1, Some(9))), [1, 9]);
    assert_eq!(protected(windows.protect_table_operation(window, 1, None)), [1]);
    assert_eq!(protected(windows.protect_concat_operands(window, 2, 4)), [2, 3, 4]);
    assert_eq!(protected(windows.protect_tforloop_registers(window, 1, 2)), [1, 2, 3, 6]);
    assert_eq!(protected(windows.protect_forloop_registers(window, 5)), [5, 6, 7]);
    assert_eq!(protected(windows.protection_guard(window)), [0usize; 0]);
    let bad = windows.protect_tforloop_registers(window, 8, 1).map(|_| ());
    assert_eq!(bad, Err(LuaError::RegisterOutOfRange { window, register: 12, bound: 12 }));
    assert!(windows.protect_call_registers(window, usize::MAX, usize::MAX).is_err());
}

#[test]
fn loop_registers() {
    let mut windows = Windows::new(0);
    let window = windows.allocate_window(10).unwrap();
    windows.set_register(window, 2, 77).unwrap();
    windows.save_tforloop_iterator(window, 2, 2).unwrap();
    windows.set_register(window, 2, 1).unwrap();
    windows.restore_tforloop_iterator(window, 2, 2).unwrap();
    assert_eq!((windows.get_register(window, 2), windows.get_register(window, 7)), (Ok(&77), Ok(&77)));
    windows.set_forloop_index(window, 4, 10).unwrap();
    windows.set_forloop_var(window, 4, 13).unwrap();
    windows.set_register(window, 5, 11).unwrap();
    windows.set_register(window, 6, 12).unwrap();
    let index = *windows.get_forloop_index(window, 4).unwrap();
    let limit = *windows.get_forloop_limit(window, 4).unwrap();
    let step = *windows.get_forloop_step(window, 4).unwrap();
    assert_eq!((index, limit, step, windows.get_register(window, 7)), (10, 11, 12, Ok(&13)));
    assert_eq!(windows.validate_forloop_bounds(window, 6), Ok(()));
    assert_eq!(
        windows.validate_forloop_bounds(window, 7),
        Err(LuaError::RegisterOutOfRange { window, register: 10, bound: 10 })
    );
}

#[test]
fn errors_name_index_and_bound() {
    let mut windows = Windows::new(0);
    let text = |result: Result<(), LuaError>| result.unwrap_err().to_string();
    assert_eq!(text(windows.deallocate_window()), "window index 0 is out of range: there are 0 windows");
    let window = windows.allocate_window(5).unwrap();
    assert_eq!(text(windows.set_register(3, 0, 1)), "window index 3 is out of range: there are 1 windows");
    assert_eq!(
        text(windows.get_register(window, 5).map(|_| ())),
        "register 5 is out of range: window 0 has 5 registers"
    );
    assert_eq!(text(windows.allocate_window(257).map(|_| ())), "window size 257 exceeds the maximum of 256");
    assert_eq!(
        text(windows.grow_window(window, MAX_OPEN_REGISTERS + 1)),
        "window size 1048577 exceeds the maximum of 1048576"
    );
    windows.protect_register(window, 4).unwrap();
    assert_eq!(
        text(windows.set_register(window, 4, 1)),
        "cannot modify protected register 4 of window 0 (which has 5 registers): release the protection first"
    );
    assert_eq!(windows.get_stats().protection_violations(), 1);
    assert_eq!(text(windows.protect_range(window, 3, 9)), "register 5 is out of range: window 0 has 5 registers");
    assert_eq!(windows.is_protected(window, 3), Ok(false));
    assert_eq!(windows.protect_range(window, 9, 3), Ok(()));
}

#[test]
fn the_timeline_records_what_it_is_told_to() {
    let mut windows = Windows::new(0);
    windows.allocate_window(8).unwrap();
    assert_eq!(windows.get_timeline(), []);
    windows.configure_debug(DebugConfig {
        track_value_changes: true,
        max_timeline_entries: 8,
        ..DebugConfig::default()
    });
    windows.set_register(0, 2, 5).unwrap();
    windows.protect_register(0, 2).unwrap();
    windows.set_register(0, 2, 6).unwrap_err();
    windows.unprotect_register(0, 2).unwrap();
    windows.set_window_name(0, "main").unwrap();
    windows.deallocate_window().unwrap();
    windows.allocate_window(8).unwrap();
    let events: Vec<WindowEvent> = windows.get_timeline().iter().map(|entry| entry.event().clone()).collect();
    assert_eq!(
        events,
        [
            WindowEvent::RegisterSet { window_idx: 0, register: 2, value_type: "5".to_owned() },
            WindowEvent::RegisterProtected { window_idx: 0, register: 2 },
            WindowEvent::ProtectionViolation { window_idx: 0, register: 2 },
            WindowEvent::RegisterUnprotected { window_idx: 0, register: 2 },
            WindowEvent::NamedWindowCreated { name: "main".to_owned(), window_idx: 0 },
            WindowEvent::WindowDeallocated { window_idx: 0, size: 8, recycled_to_pool: true },
            WindowEvent::WindowAllocated { window_idx: 0, size: 8, name: None, parent: None, recycled: true },
        ]
    );
    assert_eq!(windows.get_timeline()[0].to_string(), "#0 register 2 of window 0 set to a 5");
    windows.clear_timeline();
    windows.protect_range(0, 1, 4).unwrap();
    windows.unprotect_all(0).unwrap();
    windows.allocate_window(9).unwrap();
    windows.deallocate_window().unwrap();
    windows.clean_pool(true);
    let events: Vec<WindowEvent> = windows.get_timeline().iter().map(|entry| entry.event().clone()).collect();
    assert_eq!(
        events,
        [
            WindowEvent::RangeProtected { window_idx: 0, start: 1, end: 4 },
            WindowEvent::RegisterUnprotected { window_idx: 0, register: 1 },
            WindowEvent::RegisterUnprotected { window_idx: 0, register: 2 },
            WindowEvent::RegisterUnprotected { window_idx: 0, register: 3 },
            WindowEvent::WindowAllocated { window_idx: 1, size: 9, name: None, parent: Some(0), recycled: false },
            WindowEvent::WindowDeallocated { window_idx: 1, size: 9, recycled_to_pool: true },
            WindowEvent::PoolCleaned { windows_removed: 1, remaining: 0 },
        ]
    );
    for _ in 0..100 {
        windows.set_register(0, 0, 1).unwrap();
        assert!(windows.get_timeline().len() <= 8);
    }
    assert_eq!(windows.get_timeline().last().map(|entry| entry.sequence()), Some(113));
    windows.clear_timeline();
    windows.configure_debug(DebugConfig { enable_timeline: false, ..DebugConfig::default() });
    windows.set_register(0, 0, 1).unwrap();
    assert_eq!(windows.get_timeline(), []);
}

#[test]
fn reports_say_what_there_is() {
    let mut windows = Windows::new(0);
    assert_eq!(windows.visualize_hierarchy(), "no windows\n");
    assert_eq!(windows.format_issues(&windows.detect_issues()), "no issues found\n");
    windows.use_named_window("main", 3).unwrap();
    windows.allocate_window(1).unwrap();
    windows.set_register(0, 1, 9).unwrap();
    windows.protect_range(0, 1, 3).unwrap();
    assert_eq!(windows.visualize_hierarchy(), "window 0 'main': 3 registers, 2 protected\n window 1: 1 registers\n");
    let registers = "window 0: 3 registers\nR(0) = 0\nR(1) = 9 (protected)\nR(2) = 0 (protected)\n";
    assert_eq!(windows.visualize_window_registers(0), registers);
    assert_eq!(windows.debug_dump(), format!("{registers}window 1: 1 registers\nR(0) = 0\n"));
    assert_eq!(windows.visualize_window_registers(5), "window index 5 is out of range: there are 2 windows\n");
    let issues = windows.detect_issues();
    assert_eq!((issues.large_protections.len(), issues.unusual_sizes.len()), (1, 1));
    assert_eq!((issues.large_protections[0].window_idx, issues.large_protections[0].protected_count), (0, 2));
    let text = windows.format_issues(&issues);
    assert!(text.contains("2 of 3 registers of window 0 (67%)") && text.contains("window 1 has 1 registers"), "{text}");
    let report = windows.debug_report();
    assert!(report.contains("windows: 2 now, 2 at most") && report.contains("'main'"), "{report}");

    for _ in 0..60 {
        windows.allocate_window(100).unwrap();
    }
    let issues = windows.detect_issues();
    let nesting = issues.excessive_nesting.as_ref().map(|nesting| (nesting.current_depth, nesting.recommended_max));
    assert_eq!(nesting, Some((62, 50)));
    assert!(issues.pool_inefficiency.is_some_and(|pool| pool.hit_rate == 0.0));
    for _ in 0..62 {
        windows.deallocate_window().unwrap();
    }
    let concern = windows.detect_issues().memory_concerns;
    assert_eq!(concern.map(|concern| concern.utilized_registers), None, "what the pool does not keep is given back");
    let stats = windows.get_stats();
    assert_eq!((stats.windows_allocated(), stats.peak_window_count(), stats.max_nesting_depth()), (62, 62, 62));
    assert_eq!(stats.register_allocations(), 3 + 1 + 6000);
    assert_eq!((stats.windows_recycled(), stats.windows_discarded()), (60, 52));
    windows.reset_stats();
    assert_eq!(windows.get_stats().windows_allocated(), 0);
}
