//! The scripts to run: files, and all Lua files below directories.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compiler::compile;

/// Something that was asked for and cannot be run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadInput {
    pub(crate) path: PathBuf,
    pub(crate) problem: String,
}

/// The scripts that the arguments name, and what is wrong with the others. Both are in the order of the arguments, and a
/// directory's in the order of their names.
pub(crate) fn find(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<BadInput>) {
    let (mut scripts, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        let mut found = Vec::new();
        let result = match path.is_dir() {
            true => walk(path, &mut found),
            false => {
                found.push(path.clone());
                Ok(())
            }
        };
        if let Err(problem) = result {
            bad.push(BadInput { path: path.clone(), problem });
        } else if found.is_empty() {
            bad.push(BadInput {
                path: path.clone(),
                problem: "there is no Lua script (*.lua) in this directory".to_owned(),
            });
        }
        for script in found {
            match check(&script) {
                Ok(()) => scripts.push(script),
                Err(problem) => bad.push(BadInput { path: script, problem }),
            }
        }
    }
    (scripts, bad)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        entries.push(entry.map_err(wrong)?.path());
    }
    entries.sort();
    for path in entries {
        // A link to a folder above would have no end.
        if path.is_dir() && !path.is_symlink() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a file is a Lua program.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let text = fs::read(path).map_err(|error| format!("cannot read it: {error}"))?;
    if text.starts_with(b"\x1bLua") {
        return Err("it is a precompiled chunk".to_owned());
    }
    // As the program does, a first line that begins with `#` is left out, but not its end.
    let code = match text.as_slice() {
        [b'#', ..] => text.iter().position(|&byte| byte == b'\n').map_or(&b""[..], |end| &text[end..]),
        text => text,
    };
    let name = [b"@", path.as_os_str().as_encoded_bytes()].concat();
    compile(code, &name).map(|_| ()).map_err(|error| format!("it does not compile: {error}"))
}
