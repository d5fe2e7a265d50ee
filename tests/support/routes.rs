//! Random routes.

use std::sync::atomic::{AtomicUsize, Ordering};

use ferrous::LuaVM;
use ferrous::router::{OpPolicy, Route, routable};

use super::choices::Choices;

/// A route for each opcode; some for half of the chunks only.
pub fn random_policy(choices: &mut Choices<'_>) -> OpPolicy {
    use Route::{Core, Legacy, Shadow, ShadowCore};
    let among: &[Route] = match choices.below(4) {
        0 => &Route::ALL,
        1 => &[Legacy, Core],
        2 => &[ShadowCore, Core, Shadow],
        _ => &[Core, Core, Core, Core, Core, Core, Legacy, Shadow, ShadowCore],
    };
    let mut policy = OpPolicy::new().seed(choices.next());
    for opcode in routable() {
        let route = choices.one(among);
        policy = policy.sample(if choices.chance(6) { 50.0 } else { 100.0 }).op(opcode, route);
    }
    policy.sample(100.0)
}

/// What `switch()` does to a machine: each call takes the next policy.
pub fn register_switch(vm: &mut LuaVM, policies: Vec<OpPolicy>) {
    let next = AtomicUsize::new(0);
    vm.register("switch", move |call| {
        let policy = policies[next.fetch_add(1, Ordering::Relaxed) % policies.len()].clone();
        call.lend(|mut vm| {
            vm.set_op_policy(policy);
            (vm, ())
        })?;
        Ok(0)
    })
    .unwrap();
}
