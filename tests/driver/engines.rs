//! The whole suite on the engines that are not the core alone: the old VM, and the core with opcodes on other routes.

use super::driver::{Engine, TOPICS, check};

/// What the old VM does not have, and why.
const OLD_VM_LACKS: &[(&str, &str)] = &[
    ("io", "the old VM writes to the standard output, and opens no files"),
    ("debug", "the old VM has no hooks, and its frames are not to be looked into"),
    ("package", "the old VM loads no modules"),
    ("order", "the old VM keeps keys in an order of its own"),
    ("load", "the old VM reads a chunk before it compiles it"),
    ("handlers", "the old VM's handlers are not called for errors of their own"),
    ("collector", "the old VM never collects: its callers keep handles for ever"),
];

/// Scripts that take a machine whose every instruction costs ten times as much too long.
#[cfg(feature = "compat")]
const TOO_SLOW: &[(&str, &str)] = &[("speed", "it would take minutes on the old route")];

#[test]
fn old_vm() {
    check(&TOPICS, &Engine::new("--vm legacy", OLD_VM_LACKS));
}

#[cfg(feature = "compat")]
mod routes {
    use ferrous::router::{Route, group_name, groups, routable};

    use super::{Engine, TOO_SLOW, TOPICS, check};

    fn check_routes(routes: &str, options: &str) {
        check(&TOPICS, &Engine::new(&format!("--ops {routes} {options}"), TOO_SLOW));
    }

    #[test]
    fn all_on_old_handlers() {
        check_routes("legacy", "");
    }

    #[test]
    fn all_in_shadow_without_a_mismatch() {
        check_routes("shadow", "--shadow-strict");
    }

    #[test]
    fn all_in_shadow_core_without_a_mismatch() {
        check_routes("shadow-core", "--shadow-strict");
    }

    #[test]
    fn each_group_alone_on_old_handlers() {
        for group in groups() {
            check_routes(&format!("core,{}=legacy", group_name(group)), "");
        }
    }

    #[test]
    fn each_opcode_alone_on_its_old_handler() {
        for opcode in routable() {
            check_routes(&format!("core,{}=legacy", opcode.name()), "");
        }
    }

    /// A random route for each opcode, of which a part takes only some scripts. `FERROUS_TEST_SEED` tries others.
    #[test]
    fn a_random_assignment() {
        let seed = std::env::var("FERROUS_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = seed.unwrap_or(1);
        println!("FERROUS_TEST_SEED={seed}");
        let mut state = seed;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let rules: Vec<String> = routable()
            .map(|opcode| {
                let route = Route::ALL[random(4) as usize];
                let percent = if random(3) == 0 { format!(":{}%", random(101)) } else { String::new() };
                format!("{}={route}{percent}", opcode.name())
            })
            .collect();
        check_routes(&rules.join(","), &format!("--ops-seed {seed} --shadow-strict"));
    }
}
