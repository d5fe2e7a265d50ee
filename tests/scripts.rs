//! The Lua scripts below `tests/scripts`, on the core, and on every other engine and route.
//!
//! `FERROUS_TEST_ARGS` and `FERROUS_TEST_LACKS` describe the engine of the tests named after a topic: see
//! [`driver::Engine::from_environment`].

#![forbid(unsafe_code)]

#[path = "driver/mod.rs"]
mod driver;
#[cfg(feature = "legacy")]
#[path = "driver/engines.rs"]
mod engines;

fn check_topic(topic: &str) {
    driver::check(&[topic], &driver::Engine::from_environment());
}

#[test]
fn language() {
    check_topic("language");
}

#[test]
fn stdlib() {
    check_topic("stdlib");
}

#[test]
fn limit() {
    check_topic("limit");
}

#[test]
fn regression() {
    check_topic("regression");
}

#[test]
fn programs() {
    check_topic("programs");
}

/// A folder without a test of its own would be left out in silence.
#[test]
fn every_folder_has_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut folders: Vec<String> = std::fs::read_dir(&root)
        .expect("the folder of scripts can be read")
        .map(|entry| entry.expect("it can be listed").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    folders.sort();
    pretty_assertions::assert_eq!(driver::TOPICS.as_slice(), folders.as_slice());
}
