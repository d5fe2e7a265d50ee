//! The router's policy: what its text means, who is stronger than whom, and which scripts a percentage takes.

#![forbid(unsafe_code)]

use ferrous::bytecode::{Group, OpCode};
use ferrous::router::{
    Breaker, Counts, KillSwitch, OpPolicy, Route, Routes, Source, group_name, groups, markdown_table, opcode_named,
    pin_feature, pinned, render_table, routable,
};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

const SCRIPT: &[u8] = b"@script.lua";

fn routes(text: &str) -> Routes {
    OpPolicy::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).routes_for(SCRIPT)
}

fn problem(text: &str) -> String {
    OpPolicy::parse(text).expect_err(text).to_string()
}

/// The opcodes that are not on the core.
fn moved(routes: &Routes) -> Vec<(OpCode, Route)> {
    routable().map(|opcode| (opcode, routes.of(opcode))).filter(|(_, route)| *route != Route::Core).collect()
}

/// Whether this build pins nothing, without which most routes cannot be set.
fn nothing_is_pinned() -> bool {
    !groups().into_iter().any(pinned)
}

#[test]
fn the_default_is_the_core() {
    let policy = OpPolicy::default();
    assert!(policy.is_all_core() && !policy.is_sampled());
    assert!(policy.routes_for(SCRIPT).is_all_core());
    assert_eq!(policy.routes_for(SCRIPT), Routes::default());
    assert_eq!(policy.to_string(), "core");
    assert_eq!(OpPolicy::parse("").unwrap(), policy);
}

#[test]
fn there_are_38_opcodes_with_a_route() {
    assert_eq!(routable().count(), 38);
    assert_eq!(groups().len(), 11);
    for route in Route::ALL {
        assert_eq!(route.name().parse(), Ok(route));
        assert_eq!(route.to_string().to_uppercase().parse(), Ok(route));
    }
    assert!("new".parse::<Route>().unwrap_err().to_string().contains("\"new\""));
}

#[test]
fn extraarg_goes_with_setlist() {
    let mut one = Routes::default();
    one.set(OpCode::SetList, Route::Shadow);
    let mut other = Routes::default();
    other.set(OpCode::ExtraArg, Route::Shadow);
    assert_eq!(one, other);
    assert_eq!((one.of(OpCode::ExtraArg), one.of(OpCode::SetList)), (Route::Shadow, Route::Shadow));
    if !pinned(Group::Table) {
        let policy = OpPolicy::new().op(OpCode::ExtraArg, Route::Legacy);
        assert_eq!(policy, OpPolicy::new().op(OpCode::SetList, Route::Legacy));
        assert_eq!(policy.routes_for(SCRIPT).of(OpCode::ExtraArg), Route::Legacy);
    }
}

#[test]
fn items_are_read_from_left_to_right() {
    if !nothing_is_pinned() {
        return;
    }
    assert_eq!(moved(&routes("CALL=legacy")), [(OpCode::Call, Route::Legacy)]);
    assert_eq!(moved(&routes("legacy,core")), []);
    assert_eq!(moved(&routes("shadow")).len(), 38);
    assert_eq!(routes("shadow-core"), Routes::uniform(Route::ShadowCore));
    let mixed = routes(" Legacy , arith = shadow , gettable = CORE ");
    assert_eq!(mixed.of(OpCode::Add), Route::Shadow);
    assert_eq!(mixed.of(OpCode::GetTable), Route::Core);
    assert_eq!(mixed.of(OpCode::Move), Route::Legacy);
    assert_eq!(moved(&routes("ADD=legacy,arith=core")), []);
}

#[test]
fn capitals_tell_opcodes_from_groups() {
    if !nothing_is_pinned() {
        return;
    }
    assert_eq!(moved(&routes("CLOSURE=legacy")).len(), 1);
    assert_eq!(moved(&routes("Closure=legacy")).len(), 1);
    assert_eq!(moved(&routes("closure=legacy")), [(OpCode::Closure, Route::Legacy), (OpCode::Close, Route::Legacy)]);
    let calls = [OpCode::Call, OpCode::TailCall, OpCode::Return, OpCode::VarArg];
    assert_eq!(moved(&routes("call=shadow")), calls.map(|opcode| (opcode, Route::Shadow)));
}

#[test]
fn mistakes_are_named_with_their_place_and_the_nearest_name() {
    let cases = [
        ("core,CAL=core", "item 2, \"CAL=core\": unknown opcode or group \"CAL\"; did you mean \"CALL\"?"),
        ("aritj=core", "item 1, \"aritj=core\": unknown opcode or group \"aritj\"; did you mean \"arith\"?"),
        ("ADD=shadw", "item 1, \"ADD=shadw\": unknown route \"shadw\"; did you mean \"shadow\"?"),
        ("legcy", "item 1, \"legcy\": unknown route \"legcy\"; did you mean \"legacy\"?"),
        ("GETTABLE", "item 1, \"GETTABLE\": \"GETTABLE\" needs a route, as in \"GETTABLE=legacy\""),
        ("core,,legacy", "item 2, \"\": an item is missing between commas"),
        ("core,", "item 2, \"\": an item is missing between commas"),
        ("core:1", "item 1, \"core:1\": bad percentage \"1\": '%' is missing, as in \":1%\""),
        ("core:%", "item 1, \"core:%\": bad percentage \"%\": it is not a number"),
        ("core:x%", "item 1, \"core:x%\": bad percentage \"x%\": it is not a number"),
        ("core:101%", "item 1, \"core:101%\": bad percentage \"101%\": it is not from 0 to 100"),
        ("core:-1%", "item 1, \"core:-1%\": bad percentage \"-1%\": it is not from 0 to 100"),
        ("core:nan%", "item 1, \"core:nan%\": bad percentage \"nan%\": it is not from 0 to 100"),
        ("core:inf%", "item 1, \"core:inf%\": bad percentage \"inf%\": it is not from 0 to 100"),
        (
            "EXTRAARG=core",
            "item 1, \"EXTRAARG=core\": EXTRAARG is a part of SETLIST and has no route of its own; did you mean \"SETLIST\"?",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(text), expected);
    }
    let error = OpPolicy::parse("core,GETABLE=core").unwrap_err();
    assert_eq!((error.item(), error.nearest()), (Some(2), Some("GETTABLE")));
}

#[test]
fn a_mistake_changes_nothing() {
    let mut policy = OpPolicy::new();
    policy.apply("legacy,nothing=core", Source::Builder).unwrap_err();
    assert_eq!(policy, OpPolicy::new());
}

#[test]
fn the_builder_is_stronger_than_the_environment() {
    if !nothing_is_pinned() {
        return;
    }
    let mut policy = OpPolicy::new().op(OpCode::Add, Route::Shadow);
    policy.apply("legacy", Source::Environment).unwrap();
    policy.apply("MUL=shadow-core", Source::CommandLine).unwrap();
    policy.apply("MUL=core,ADD=core", Source::Environment).unwrap();
    let rule = |opcode| {
        let rule = policy.rule_for(SCRIPT, opcode);
        (rule.route, rule.source)
    };
    assert_eq!(rule(OpCode::Add), (Route::Shadow, Source::Builder));
    assert_eq!(rule(OpCode::Mul), (Route::ShadowCore, Source::CommandLine));
    assert_eq!(rule(OpCode::Move), (Route::Legacy, Source::Environment));
    assert_eq!(OpPolicy::new().rule_for(SCRIPT, OpCode::Add).source, Source::Default);
}

#[test]
fn a_stronger_sample_leaves_the_rest_to_the_weaker() {
    if !nothing_is_pinned() {
        return;
    }
    let mut policy = OpPolicy::new().sample(25.0).op(OpCode::Add, Route::Shadow);
    policy.apply("ADD=legacy", Source::Environment).unwrap();
    let routes: Vec<Route> = names(2000).map(|name| policy.routes_for(&name).of(OpCode::Add)).collect();
    let shadowed = routes.iter().filter(|route| **route == Route::Shadow).count();
    assert!((400..600).contains(&shadowed), "{shadowed}");
    assert!(routes.iter().all(|route| matches!(route, Route::Shadow | Route::Legacy)));
}

#[test]
fn pinned_groups_stay_on_the_core() {
    let everything = OpPolicy::parse("legacy").unwrap().routes_for(SCRIPT);
    let killed = OpPolicy::new().killed().routes_for(SCRIPT);
    for group in groups() {
        let (name, feature) = (group_name(group), pin_feature(group));
        let expected = if pinned(group) { Route::Core } else { Route::Legacy };
        for opcode in routable().filter(|opcode| opcode.group() == group) {
            assert_eq!((everything.of(opcode), killed.of(opcode)), (expected, expected));
            assert_eq!(OpPolicy::new().op(opcode, Route::Legacy).routes_for(SCRIPT).of(opcode), expected);
        }
        if pinned(group) {
            let message = problem(&format!("{name}=shadow"));
            assert!(message.contains(feature), "{message}");
            assert!(OpPolicy::parse(&format!("{name}=core")).is_ok());
        }
    }
}

#[test]
fn the_breaker_and_the_kill_switch_are_stronger_than_the_builder() {
    if !nothing_is_pinned() {
        return;
    }
    let mut policy = OpPolicy::new().all(Route::ShadowCore).seed(9);
    policy.open_breaker(OpCode::Div);
    let rule = policy.rule_for(SCRIPT, OpCode::Div);
    assert_eq!((rule.route, rule.source), (Route::Legacy, Source::Breaker));
    assert_eq!(policy.rule_for(SCRIPT, OpCode::Mul).route, Route::ShadowCore);
    let killed = policy.killed();
    assert_eq!(killed.routes_for(SCRIPT), Routes::uniform(Route::Legacy));
    assert_eq!(killed.rule_for(SCRIPT, OpCode::Mul).source, Source::KillSwitch);
    assert_eq!(killed.seed_value(), 9);
}

#[test]
fn a_breaker_opens_once_for_each_opcode() {
    let mut breaker = Breaker::new(Some(3));
    let told: Vec<bool> = (0..5).map(|_| breaker.mismatch(OpCode::Add)).collect();
    assert_eq!(told, [false, false, true, false, false]);
    assert!(breaker.is_open(OpCode::Add) && !breaker.is_open(OpCode::Sub));
    assert!(!breaker.mismatch(OpCode::Sub));
    breaker.reset(OpCode::Add);
    assert!(!breaker.is_open(OpCode::Add));
    assert!(Breaker::new(Some(0)).mismatch(OpCode::Add));
    let mut never = Breaker::new(None);
    assert!((0..1000).all(|_| !never.mismatch(OpCode::Add)) && !never.is_open(OpCode::Add));
}

#[test]
fn a_kill_switch_is_seen_by_its_clones_in_other_threads() {
    let switch = KillSwitch::new();
    let clone = switch.clone();
    assert!(!switch.is_tripped());
    std::thread::spawn(move || clone.trip()).join().unwrap();
    assert!(switch.is_tripped());
    switch.reset();
    assert!(!switch.is_tripped());
    assert!(switch != KillSwitch::new());
}

fn names(count: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|n| format!("@scripts/{n}.lua").into_bytes())
}

/// Of 20,000 names; the bounds are more than six standard deviations away.
#[test]
fn a_percentage_takes_its_share_of_the_scripts() {
    if !nothing_is_pinned() {
        return;
    }
    for (percent, bounds) in
        [(0.0, 0..=0), (0.5, 40..=165), (10.0, 1740..=2260), (50.0, 9570..=10430), (100.0, 20000..=20000)]
    {
        for seed in [0, 1, u64::MAX] {
            let policy = OpPolicy::new().seed(seed).sample(percent).op(OpCode::Call, Route::Shadow);
            let taken = names(20_000).filter(|name| policy.routes_for(name).of(OpCode::Call) == Route::Shadow).count();
            assert!(bounds.contains(&taken), "{percent}% with seed {seed}: {taken}");
        }
    }
}

/// The draw is a part of the contract: a report of one version is replayed by another. The numbers are those of another
/// implementation of the hash that `sample.rs` describes.
#[test]
fn the_sample_of_a_seed_never_changes() {
    if !nothing_is_pinned() {
        return;
    }
    let taken = |seed: u64| -> Vec<usize> {
        let policy = OpPolicy::parse("CALL=shadow:10%").unwrap().seed(seed);
        let takes = |name: &[u8]| policy.routes_for(name).of(OpCode::Call) == Route::Shadow;
        names(60).enumerate().filter(|(_, name)| takes(name)).map(|(n, _)| n).collect()
    };
    assert_eq!(taken(0), [4, 5, 13, 18, 23, 39, 41, 45]);
    assert_eq!(taken(7), [3, 9, 10, 12, 26, 35, 47, 52]);
}

#[test]
fn opcodes_are_drawn_independently() {
    if !nothing_is_pinned() {
        return;
    }
    let policy = OpPolicy::parse("shadow:50%").unwrap();
    let both = names(4000)
        .map(|name| policy.routes_for(&name))
        .filter(|routes| routes.of(OpCode::Add) == Route::Shadow && routes.of(OpCode::Sub) == Route::Shadow)
        .count();
    assert!((850..1150).contains(&both), "{both}");
}

#[test]
fn the_table_has_a_line_for_each_opcode() {
    let mut counts = Counts::default();
    counts[OpCode::GetTable].shadowed = 12345;
    counts[OpCode::GetTable].mismatched = 67;
    let policy = OpPolicy::parse("core").unwrap();
    let table = render_table(&policy, Some(SCRIPT), Some(&counts));
    for opcode in routable() {
        let lines = table.lines().filter(|line| line.split(' ').next() == Some(opcode.name()));
        assert_eq!(lines.count(), 1, "{opcode}");
    }
    let line = table.lines().find(|line| line.starts_with("GETTABLE")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let source = if pinned(Group::Table) { vec!["feature", "pin-table"] } else { vec!["builder"] };
    let expected = [vec!["GETTABLE", "table", "meta", "core"], source, vec!["0", "12345", "0", "67", "0"]].concat();
    assert_eq!(words, expected);
    assert!(table.contains("seed 0"));
    assert_eq!(counts.total().shadowed, 12345);
    if nothing_is_pinned() {
        let table = render_table(&OpPolicy::parse("ADD=shadow:1%").unwrap(), None, None);
        assert!(table.lines().any(|line| line.starts_with("ADD ") && line.contains("shadow:1% else core")), "{table}");
    }
}

#[test]
fn the_markdown_table_has_a_row_for_each_opcode() {
    let table = markdown_table();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 38);
    for (row, opcode) in rows.iter().zip(routable()) {
        assert!(row.starts_with(&format!("| `{opcode}` | {} | {} |", opcode as u8, group_name(opcode.group()))));
    }
}

fn percent() -> impl Strategy<Value = f64> {
    prop_oneof![Just(100.0), Just(0.0), Just(1.0), Just(0.5), 0.0..=100.0]
}

fn item() -> impl Strategy<Value = (Option<String>, Route, f64)> {
    let subject = prop_oneof![
        2 => proptest::sample::select(routable().collect::<Vec<_>>()).prop_map(|opcode| Some(opcode.name().to_owned())),
        2 => proptest::sample::select(groups()).prop_map(|group| Some(group_name(group).to_owned())),
        1 => Just(None),
    ];
    (subject, proptest::sample::select(Route::ALL.to_vec()), percent())
}

/// Whether a subject may have any route in this build.
fn is_free(subject: &Option<String>) -> bool {
    let group = |name: &str| {
        let group = groups().into_iter().find(|group| group_name(*group) == name);
        group.or_else(|| opcode_named(name).map(OpCode::group)).expect("it was made from a group or an opcode")
    };
    subject.as_deref().is_none_or(|name| !pinned(group(name)))
}

proptest! {
    #[test]
    fn what_is_written_reads_back(items in proptest::collection::vec(item(), 0..12), seed: u64) {
        let text = |(subject, route, percent): &(Option<String>, Route, f64)| match subject {
            Some(subject) => format!("{subject}={route}:{percent}%"),
            None => format!("{route}:{percent}%"),
        };
        let text: Vec<String> = items.iter().filter(|(subject, ..)| is_free(subject)).map(text).collect();
        let policy = OpPolicy::parse(&text.join(",")).unwrap().seed(seed);
        let written = policy.to_string();
        let read = OpPolicy::parse(&written).unwrap().seed(seed);
        prop_assert_eq!(read.to_string(), written);
        for opcode in routable() {
            let shape = |policy: &OpPolicy| policy.rules(opcode).iter().map(|r| (r.route, r.percent)).collect::<Vec<_>>();
            prop_assert_eq!(shape(&read), shape(&policy), "{}", opcode);
        }
        for name in names(20) {
            prop_assert_eq!(policy.routes_for(&name), read.routes_for(&name));
        }
    }

    /// Against a model that keeps every rule and asks the last one first.
    #[test]
    fn the_last_rule_that_takes_the_script_decides(rules in proptest::collection::vec((0..4_usize, percent()), 0..8), name: Vec<u8>) {
        if !nothing_is_pinned() {
            return Ok(());
        }
        let mut policy = OpPolicy::new();
        let mut expected = Route::Core;
        for (route, percent) in rules {
            let route = Route::ALL[route];
            policy = policy.sample(percent).op(OpCode::Eq, route);
            let alone = OpPolicy::new().op(OpCode::Eq, Route::Legacy).sample(percent).op(OpCode::Eq, Route::Shadow);
            if alone.routes_for(&name).of(OpCode::Eq) == Route::Shadow {
                expected = route;
            }
        }
        prop_assert_eq!(policy.routes_for(&name).of(OpCode::Eq), expected);
        let percents: Vec<f64> = policy.rules(OpCode::Eq).iter().map(|rule| rule.percent).collect();
        prop_assert!(percents[0] == 100.0 && percents.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn no_text_is_a_panic(text in "[A-Za-z=:,%0-9. -]{0,40}") {
        let _ = OpPolicy::parse(&text);
    }

    #[test]
    fn no_other_text_is_a_panic(text: String) {
        let _ = OpPolicy::parse(&text);
    }
}
