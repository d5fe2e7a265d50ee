//! One program on every engine: the core, routes through the old handlers, the old VM, and the real `lua5.1`.

use ferrous::KeyOrder;
use ferrous::legacy;
use ferrous::router::{OpPolicy, Route};

use super::choices::Choices;
use super::machine::{Sink, machine_with, run};
use super::programs::{ordered_program, portable_program, program};
use super::reference::Reference;
use super::routes::{random_policy, register_switch};

/// More than any program needs that ends by itself.
const FUEL: u64 = 50_000_000;
const MEMORY: usize = 256 << 20;

/// What a program printed, with its outcome, and the first mismatch of a shadow run.
pub type Observed = (String, Option<String>);

/// Runs a program with routes, or with several in turn, of which each `switch()` takes the next.
pub fn observe(source: &str, policies: Vec<OpPolicy>) -> Observed {
    observe_with(source, policies, FUEL).0
}

/// Likewise, with so much fuel; says how much is left when every finalizer has run, too.
fn observe_with(source: &str, policies: Vec<OpPolicy>, fuel: u64) -> (Observed, u64) {
    // Where string keys are decides when a table gets other sizes, and so which border it has among holes.
    let (mut vm, out) = machine_with(KeyOrder::Puc);
    vm.set_fuel(Some(fuel));
    vm.set_memory_limit(Some(MEMORY));
    vm.set_op_policy(policies.first().cloned().unwrap_or_default());
    vm.set_shadow_strict(true);
    match policies.len() {
        0 | 1 => vm.register("switch", |_| Ok(0)).unwrap(),
        _ => register_switch(&mut vm, policies),
    }
    let outcome = match run(&mut vm, source) {
        Ok(_) => "ended".to_owned(),
        Err(error) => error.to_string(),
    };
    // How many the collector has called until now depends on the route: code has another size on each.
    vm.close();
    let left = vm.fuel().unwrap_or_default();
    ((out.text() + &outcome, vm.op_mismatches().first().map(|mismatch| mismatch.to_json())), left)
}

/// Runs a program on the old VM; `None` if that has not enough memory, because it never collects.
fn observe_old(source: &str) -> Option<String> {
    let mut vm = legacy::LuaVM::with_stdlib().expect("a machine");
    let sink = Sink::default();
    vm.set_output(legacy::Output::to(sink.clone()));
    vm.set_memory_limit(Some(MEMORY));
    vm.set_fuel(Some(FUEL));
    vm.eval(b"function switch() end", b"=switch").expect("a function");
    let outcome = match vm.eval(source.as_bytes(), b"=p") {
        Ok(_) => "ended".to_owned(),
        Err(legacy::Failure::Memory) => return None,
        Err(failure) => lossy(vm.failure_text(&failure).unwrap_or_default()),
    };
    Some(sink.text() + &outcome)
}

/// A program does the same whatever its opcodes' routes are, even if they change while it runs; and costs the same as long as
/// they do not change.
pub fn check_routes(choices: &mut Choices<'_>) -> Observed {
    let source = program(choices);
    let (expected, left) = observe_with(&source, vec![], FUEL);
    let half = (FUEL - left) / 2;
    let at_half = observe_with(&source, vec![], half).0;
    // A finalizer uses its fuel when the collector calls it.
    let stops_alike = !source.contains("__gc");
    let mut policies: Vec<_> =
        [Route::Legacy, Route::Shadow, Route::ShadowCore].map(|route| OpPolicy::new().all(route)).into();
    policies.extend([random_policy(choices), random_policy(choices)]);
    for policy in policies {
        let name = policy.to_string();
        let (found, found_left) = observe_with(&source, vec![policy.clone()], FUEL);
        assert_same(&source, found, &expected, &name);
        assert_eq!(FUEL - found_left, FUEL - left, "{source}\n--[[ the cost by {name} ]]");
        if stops_alike {
            let (found, _) = observe_with(&source, vec![policy], half);
            assert_same(&source, found, &at_half, &format!("{name}, with half the fuel"));
        }
    }
    let changing = (0..5).map(|_| random_policy(choices)).collect();
    assert_same(&source, observe(&source, changing), &expected, "changing routes");
    expected
}

/// A program does what it does on the real Lua, and on the old VM.
pub fn check_engines(choices: &mut Choices<'_>, reference: Option<&mut Reference>) -> Observed {
    let mut again = choices.clone();
    let source = portable_program(choices);
    let expected = observe(&source, vec![]);
    if let Some(output) = reference.and_then(|reference| reference.run(source.as_bytes())) {
        assert_by(&source, lossy(output), &expected, "lua5.1");
    }
    if let Some(output) = observe_old(&source)
        && output != expected.0
    {
        // The old VM's tables have borders and an order of their own.
        let source = ordered_program(&mut again);
        if let Some(output) = observe_old(&source) {
            assert_by(&source, output, &observe(&source, vec![]), "the old VM");
        }
    }
    expected
}

fn assert_by(source: &str, output: String, expected: &Observed, name: &str) {
    // How deep calls may nest differs.
    let too_deep = |output: &str| output.contains("stack overflow");
    if !too_deep(&output) && !too_deep(&expected.0) {
        assert_same(source, (output, None), expected, name);
    }
}

fn lossy(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(bytes.as_ref()).into_owned()
}

fn assert_same(source: &str, found: Observed, expected: &Observed, by: &str) {
    if found == *expected {
        return;
    }
    let (left, right): (Vec<_>, Vec<_>) = (found.0.lines().collect(), expected.0.lines().collect());
    let same = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    panic!(
        "{source}\n--[[ by {by}, line {} of the output is\n{:?}\ninstead of\n{:?}\nmismatch: {:?} ]]",
        same + 1,
        left.get(same),
        right.get(same),
        found.1
    );
}
