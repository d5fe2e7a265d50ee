//! The deprecation of the old API: one table, attributes that agree with it, one warning for each call site.

#![cfg(feature = "compat")]
#![allow(deprecated, reason = "the warnings are what is tested")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ferrous::compat::deprecation::{self, Mode, Report};
use ferrous::lua::vm::LuaVM;
use pretty_assertions::assert_eq;
use tracing::field::{Field, Visit};

/// Collects events.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{}={value:?};", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{}={value};", field.name());
    }
}

impl tracing::Subscriber for Collector {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "ferrous::deprecated"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = String::new();
        event.record(&mut Fields(&mut text));
        self.0.lock().unwrap().push(text);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// The modes are of the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn events(mode: Mode, f: impl FnOnce()) -> Vec<String> {
    let collector = Collector::default();
    deprecation::set_mode(mode);
    tracing::subscriber::with_default(collector.clone(), f);
    deprecation::set_mode(Mode::Once);
    let found = collector.0.lock().unwrap();
    found.clone()
}

fn counts(report: &Report, api: &str, line: u32) -> Vec<u64> {
    let here = format!("{}:{line}:", file!());
    let found = report.uses.iter().filter(|found| found.item.api == api && found.location.starts_with(&here));
    found.map(|found| found.count).collect()
}

#[test]
fn a_million_calls_from_one_site_warn_once() {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let vm = LuaVM::new().unwrap();
    let calls = AtomicUsize::new(0);
    let line = line!() + 3;
    let found = events(Mode::Once, || {
        for _ in 0..1_000_000 {
            let _ = vm.heap();
            calls.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(found.len(), 1, "{found:?}");
    let location = format!("location={}:{line}:", file!());
    for part in ["api=LuaVM::heap;", &location, "replacement=ferrous::LuaVM itself;", "anchor=old-objects;"] {
        assert!(found[0].contains(part), "{part} in {found:?}");
    }
    let report = deprecation::report();
    assert_eq!(counts(&report, "LuaVM::heap", line), [1_000_000]);
    assert!(report.to_string().contains("LuaVM::heap at "), "{report}");
}

#[test]
fn modes() {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut vm = LuaVM::new().unwrap();
    let mut thrice = |mode| {
        let line = line!() + 3;
        let found = events(mode, || {
            for _ in 0..3 {
                vm.create_table().unwrap();
            }
        });
        (found.len(), counts(&deprecation::report(), "LuaVM::create_table", line))
    };
    assert_eq!(thrice(Mode::Off), (0, vec![]));
    assert_eq!(thrice(Mode::All), (3, vec![3]));
    assert_eq!(thrice(Mode::Once), (0, vec![6]));
    let panic = std::panic::catch_unwind(|| events(Mode::Error, || drop(LuaVM::new())));
    deprecation::set_mode(Mode::Once);
    let message = panic.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("LuaVM::new is deprecated: use ferrous::LuaVM::with_stdlib"), "{message}");
    for mode in [Mode::Off, Mode::Once, Mode::All, Mode::Error] {
        assert_eq!(Mode::from_name(mode.name()), Some(mode));
    }
    assert_eq!(Mode::from_name("loud"), None);
}

#[test]
fn the_bridge_does_not_warn_of_itself() {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let found = events(Mode::All, || {
        let mut vm = LuaVM::new().unwrap();
        vm.eval("return string.rep('x', 3)").unwrap();
    });
    let apis: Vec<&str> = found.iter().filter_map(|event| event.split("api=").nth(1)?.split(';').next()).collect();
    assert_eq!(apis, ["LuaVM::new", "LuaVM::eval"], "{found:?}");
}

/// What stands between quotes after `note =`, with the item that follows.
fn notes(text: &str) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    for (at, _) in text.match_indices(concat!("deprecated", "(")) {
        let rest = &text[at..];
        let Some(note) = rest.split("note = \"").nth(1).and_then(|note| note.split('"').next()) else { continue };
        let item = rest.split("pub ").nth(1).unwrap();
        let name = item.split(|c: char| !c.is_alphanumeric() && c != '_').nth(1).unwrap();
        notes.push((name.to_owned(), note.to_owned()));
    }
    notes
}

#[test]
fn attributes_and_table_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compat");
    let mut expected = Vec::new();
    for item in deprecation::items() {
        let name = item.api.rsplit("::").next().unwrap();
        expected.push((name.to_owned(), format!("use {}; see MIGRATION.md#{}", item.replacement, item.anchor)));
    }
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.extend(notes(&std::fs::read_to_string(path).unwrap())),
            }
        }
    }
    // Types are not in the table: they are not used, their functions are.
    found.retain(|(name, _)| !name.starts_with(char::is_uppercase));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}
