//! Programs written for the old API, unchanged, as packages of their own: they have to compile and to do what they say.
//!
//! So are the programs in `dependents`, for what only shows there: code without optimisation, say. They are built in a copy below
//! the target folder, in one workspace, with this crate's lock file, and without the network. Each checks its own outcome and
//! ends with 0.

#![cfg(feature = "compat")]
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pretty_assertions::assert_eq;

/// Where the manifests say this crate is.
const PATH: &str = "../../..";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of packages below `tests`.
const CALLERS: &str = "callers";
const DEPENDENTS: &str = "dependents";

/// The names of the packages in a folder, sorted.
fn packages(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join("tests").join(folder)).expect("there are packages");
    let packages = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.join("Cargo.toml").exists());
    let mut names: Vec<String> =
        packages.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// Copies the packages into a workspace of their own, which says nothing about profiles.
fn copy_to(workspace: &Path) {
    let folders = [CALLERS, DEPENDENTS].map(|folder| packages(folder).into_iter().map(move |name| (folder, name)));
    let all: Vec<_> = folders.into_iter().flatten().collect();
    let members: Vec<String> = all.iter().map(|(_, name)| format!("{name:?}")).collect();
    let manifest = format!("[workspace]\nresolver = \"2\"\nmembers = [{}]\n", members.join(", "));
    fs::create_dir_all(workspace).expect("a folder");
    write_if_other(&workspace.join("Cargo.toml"), &manifest);
    fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock")).expect("the lock file");
    for (folder, name) in all {
        let (from, to) = (root().join("tests").join(folder).join(&name), workspace.join(&name));
        fs::create_dir_all(to.join("src")).expect("a folder");
        let manifest = fs::read_to_string(from.join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains(PATH), "{name} does not depend on this crate");
        write_if_other(&to.join("Cargo.toml"), &manifest.replace(PATH, &root().to_string_lossy()));
        for file in fs::read_dir(from.join("src")).expect("a folder") {
            let file = file.expect("an entry");
            let source = fs::read_to_string(file.path()).expect("a source file");
            write_if_other(&to.join("src").join(file.file_name()), &source);
        }
    }
}

/// What has not changed is not built again.
fn write_if_other(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("a file can be written");
    }
}

#[test]
fn callers_compile_and_run() {
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callers");
    copy_to(&workspace);
    let target: PathBuf = workspace.join("target");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = Command::new(cargo)
        .args(["build", "--offline", "--workspace", "--quiet", "--manifest-path"])
        .arg(workspace.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        // Warnings are what the old API is there to give.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo can be run");
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    let warnings = String::from_utf8_lossy(&build.stderr).into_owned();
    assert!(warnings.contains("use of deprecated"), "there are no deprecation warnings: {warnings}");
    let mut failures = Vec::new();
    for name in packages(CALLERS).into_iter().chain(packages(DEPENDENTS)) {
        let run = Command::new(target.join("debug").join(&name)).output().expect("a program can be run");
        if !run.status.success() {
            let (out, error) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
            failures.push(format!("{name}: {}\n{out}{error}", run.status));
        }
    }
    assert_eq!(failures, Vec::<String>::new());
    // The environment decides how much is said.
    let with_mode = |mode: &str| {
        let run = Command::new(target.join("debug/run_lua_tests")).env("FERROUS_DEPRECATIONS", mode).output();
        let run = run.expect("a program can be run");
        (run.status.success(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    assert!(with_mode("off").0 && with_mode("all").0 && with_mode("unknown").0);
    let (success, error) = with_mode("error");
    assert!(!success && error.contains("LuaVM::new is deprecated: use ferrous::LuaVM::with_stdlib"), "{error}");
    assert!(error.contains("run_lua_tests/src/main.rs:"), "{error}");
}

#[test]
fn callers_use_the_old_paths_alone() {
    let mut foreign = Vec::new();
    for name in packages(CALLERS) {
        let source = fs::read_to_string(root().join("tests/callers").join(&name).join("src/main.rs"));
        for line in source.expect("a source file").lines() {
            let old = ["ferrous::lua::", "ferrous::storage::", "ferrous::{RespFrame, StorageEngine}"];
            if line.contains("ferrous::") && !old.iter().any(|path| line.contains(path)) {
                foreign.push(format!("{name}: {line}"));
            }
        }
    }
    assert_eq!(foreign, Vec::<String>::new());
}
