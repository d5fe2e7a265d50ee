//! The rules that hold between the rooms of the source tree, checked by reading it.
//!
//! Which room may import which, where unsafe code may be, and what a file may not contain. The reader below knows
//! enough of Rust's lexical structure to tell code from comments and strings, and no more.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;

/// What a room may import besides itself. Rooms that are not listed may import anything that is not forbidden below.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("host_stack", &[]),
    ("kernel", &["host_stack"]),
    ("syntax", &["host_stack", "kernel"]),
    ("bytecode", &["host_stack", "kernel"]),
    ("compiler", &["bytecode", "host_stack", "kernel", "syntax"]),
    ("error", &["syntax"]),
    ("value", &["arena::handle"]),
    ("arena", &["bytecode", "kernel"]),
    ("router", &["bytecode", "kernel"]),
    ("system", &["kernel"]),
    ("vm", &["arena", "bytecode", "compiler", "error", "host_stack", "kernel", "router", "syntax", "value"]),
    ("protocol", &[]),
    ("storage", &["error", "protocol", "script"]),
    ("ab", &["bytecode", "compiler", "kernel", "router"]),
    ("legacy", &["bytecode", "compiler", "error", "host_stack", "kernel", "syntax", "system"]),
];

/// The part of the arena that everybody sees: the types of handles.
const HANDLES: &str = "arena::handle";

/// What a room must not import.
const MUST_NOT_IMPORT: &[(&str, &[&str])] =
    &[("stdlib", &["arena", "cli"]), ("api", &["arena", "cli"]), ("cli", &["arena"])];

/// What nothing in `src` may import: the end of the migration is the deletion of these two.
const MIGRATION: &[&str] = &["compat", "legacy"];
/// But for these files, which go with them.
const MIGRATION_FILES: &[&str] = &["src/cli/legacy.rs", "src/cli/routes.rs", "src/lua.rs"];

/// The rooms that may contain unsafe code.
const UNSAFE_ROOMS: &[&str] = &["arena", "vm"];

const MOST_LINES: usize = 900;
/// The loop is one function, and may be longer.
const THE_LOOP: &str = "src/vm/exec.rs";

/// How far above an unsafe block its reason may begin.
const SAFETY_LINES: usize = 8;
/// Said of every unsafe block in the block of code that the comment is in.
const SAFETY_FOR_ALL: &str = "SAFETY, for all blocks";

/// A source file, taken apart.
struct Source {
    /// The path below the crate's folder, with slashes.
    path: String,
    text: String,
    /// The text with comments, strings and characters made blanks: lines and columns stay.
    code: String,
}

impl Source {
    /// The top module a file of `src` belongs to, or the folder of another.
    fn room(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    fn in_src(&self) -> bool {
        self.path.starts_with("src/")
    }

    /// How many modules deep the file's own module is: that of a room is 1.
    fn depth(&self) -> usize {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let parts = below.split('/').count();
        if below.ends_with("/mod.rs") { parts - 1 } else { parts }
    }

    /// The code without test modules, which may use what the rest may not.
    fn code_without_tests(&self) -> String {
        let mut code = self.code.clone();
        while let Some(start) = code.find("#[cfg(test)]") {
            let open = code[start..].find(['{', ';']).map(|at| start + at);
            let end = match open {
                Some(open) if code.as_bytes()[open] == b'{' => closing_brace(&code, open),
                Some(semicolon) => semicolon + 1,
                None => code.len(),
            };
            code.replace_range(start..end, &" ".repeat(end - start));
        }
        code
    }

    /// The names of the crate's top modules that the file refers to.
    fn imports(&self) -> BTreeSet<String> {
        let code = self.code_without_tests();
        let mut found = BTreeSet::new();
        for (at, _) in code.match_indices("crate::") {
            if !ends_in_name(&code[..at]) && !code[..at].ends_with('$') {
                found.extend(first_names(&code[at + "crate::".len()..]));
            }
        }
        for (at, _) in code.match_indices("super::") {
            if ends_in_name(&code[..at]) || code[..at].ends_with("super::") {
                continue;
            }
            let mut rest = &code[at..];
            let mut ups = 0;
            while let Some(behind) = rest.strip_prefix("super::") {
                rest = behind;
                ups += 1;
            }
            if ups >= self.depth() {
                found.extend(first_names(rest));
            }
        }
        found
    }

    fn line_of(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Where a word stands in the code.
    fn positions<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code
            .match_indices(word)
            .map(|(at, _)| at)
            .filter(move |&at| !ends_in_name(&self.code[..at]) && !self.code[at + word.len()..].starts_with(is_name))
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn ends_in_name(text: &str) -> bool {
    text.ends_with(is_name)
}

/// The names a path goes on with: one, or those that begin the members of a group.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| {
        if text.starts_with(&format!("{HANDLES}::")) {
            return HANDLES.to_owned();
        }
        text.chars().take_while(|&c| is_name(c)).collect::<String>()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut member, mut members) = (0_usize, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => members.push(std::mem::take(&mut member)),
            _ => {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                member.push(c);
            }
        }
    }
    members.push(member);
    members.iter().map(|member| name(member.trim_start())).collect()
}

/// The position behind the brace that closes the one at `open`.
fn closing_brace(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Blanks comments, strings and characters.
fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => text[at..].find('\n').map_or(bytes.len(), |n| at + n),
            b'/' if bytes[at..].starts_with(b"/*") => end_of_comment(bytes, at),
            b'"' => end_of_string(bytes, at),
            b'r' | b'b' | b'c' if !ends_in_name(&text[..at]) => match end_of_prefixed(bytes, at) {
                Some(end) => end,
                None => {
                    at += 1;
                    continue;
                }
            },
            b'\'' => match end_of_char(bytes, at) {
                Some(end) => end,
                None => {
                    at += 1;
                    continue;
                }
            },
            _ => {
                at += 1;
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                continue;
            }
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(code).expect("whole characters are blanked")
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a string with a prefix (`b"`, `r#"`, `br"`, `c"`) or of a byte, if one begins here.
fn end_of_prefixed(bytes: &[u8], start: usize) -> Option<usize> {
    let letters = bytes[start..].iter().take_while(|byte| matches!(byte, b'r' | b'b' | b'c')).count();
    let raw = bytes[start..start + letters].contains(&b'r');
    let hashes = bytes[start + letters..].iter().take_while(|&&byte| byte == b'#').count();
    let quote = start + letters + hashes;
    match bytes.get(quote) {
        Some(b'"') if raw => {
            let mut end = vec![b'"'];
            end.resize(1 + hashes, b'#');
            let found = bytes[quote + 1..].windows(end.len()).position(|window| window == end)?;
            Some(quote + 1 + found + end.len())
        }
        Some(b'"') if hashes == 0 => Some(end_of_string(bytes, quote)),
        Some(b'\'') if hashes == 0 && !raw => end_of_char(bytes, quote),
        _ => None,
    }
}

/// The end of a character, if it is one and not a lifetime.
fn end_of_char(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = std::str::from_utf8(&bytes[start + 1..]).ok()?;
    if let Some(escape) = rest.strip_prefix('\\') {
        let end = escape.char_indices().skip(1).find(|&(_, c)| c == '\'')?.0;
        return Some(start + 2 + end + 1);
    }
    let mut chars = rest.char_indices();
    chars.next()?;
    let (end, c) = chars.next()?;
    (c == '\'').then_some(start + 1 + end + 1)
}

fn crate_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, sorted, but not what is built or hidden.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("the tree can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match path.is_dir() {
                true if name == "target" || name.starts_with('.') && name != ".ci" => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    let below = path.strip_prefix(crate_root()).unwrap_or(path);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The Rust files below these folders of the crate.
fn sources(folders: &[&str]) -> Vec<Source> {
    let files = folders.iter().flat_map(|folder| files_below(&crate_root().join(folder)));
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| {
        let text = fs::read_to_string(&path).expect("a source file is text");
        Source { path: relative(&path), code: code_of(&text), text }
    })
    .collect()
}

const NOTHING: &[String] = &[];

#[test]
fn rooms_import_only_what_they_may() {
    let may: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let must_not: BTreeMap<_, _> = MUST_NOT_IMPORT.iter().copied().collect();
    let all = sources(&["src", "legacy", "compat"]);
    let rooms: BTreeSet<&str> = all.iter().map(Source::room).filter(|&room| room != "lib").collect();
    let mut violations = Vec::new();
    for source in &all {
        let room = source.room();
        for import in source.imports() {
            let import = import.as_str();
            let of = import.split("::").next().unwrap_or_default();
            if of == room || !rooms.contains(of) {
                continue;
            }
            let refused = may.get(room).is_some_and(|may| !may.contains(&import) && !may.contains(&of))
                || must_not.get(room).is_some_and(|not| not.contains(&import))
                || source.in_src() && MIGRATION.contains(&import) && !MIGRATION_FILES.contains(&source.path.as_str());
            if refused {
                violations.push(format!("{}: `{room}` must not import `{import}`", source.path));
            }
        }
    }
    assert_eq!(violations, NOTHING);
}

#[test]
fn unsafe_code_is_in_its_rooms_alone() {
    let mut violations = Vec::new();
    for source in sources(&["src", "legacy", "compat", "tests", "benches"]) {
        if source.in_src() && UNSAFE_ROOMS.contains(&source.room()) {
            continue;
        }
        violations.extend(source.positions("unsafe").map(|at| format!("{}:{}", source.path, source.line_of(at))));
    }
    assert_eq!(violations, NOTHING);
}

#[test]
fn every_other_room_forbids_unsafe_code() {
    let mut violations = Vec::new();
    for source in sources(&["src", "legacy", "compat"]) {
        // The crate's root is the root of the two rooms, too.
        let is_root = source.depth() == 1 && source.path != "src/lib.rs";
        let exempt = source.in_src() && UNSAFE_ROOMS.contains(&source.room());
        if is_root && !exempt && !source.code.contains("#![forbid(unsafe_code)]") {
            violations.push(format!("{}: has no #![forbid(unsafe_code)]", source.path));
        }
    }
    assert_eq!(violations, NOTHING);
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut violations = Vec::new();
    for source in sources(&["src"]) {
        let lines: Vec<&str> = source.text.lines().collect();
        for at in source.positions("unsafe") {
            let rest = source.code[at + "unsafe".len()..].trim_start();
            if !rest.starts_with('{') && !rest.starts_with("impl") {
                continue;
            }
            let line = source.line_of(at);
            let near = &lines[line.saturating_sub(SAFETY_LINES + 1)..line];
            let documented = near.iter().any(|line| line.contains("SAFETY"));
            if !documented && !said_for_all(&source, at) {
                violations.push(format!("{}:{line}", source.path));
            }
        }
    }
    assert_eq!(violations, NOTHING);
}

/// Whether a comment in a block around this position speaks for all unsafe blocks in it.
fn said_for_all(source: &Source, at: usize) -> bool {
    let mut comments = source.text[..at].match_indices(SAFETY_FOR_ALL).map(|(comment, _)| comment);
    comments.any(|comment| {
        let (mut depth, mut left) = (0_i32, false);
        for byte in source.code[comment..at].bytes() {
            depth += i32::from(byte == b'{') - i32::from(byte == b'}');
            left |= depth < 0;
        }
        !left
    })
}

#[test]
fn files_are_about_one_thing() {
    let mut violations = Vec::new();
    for source in sources(&["src", "legacy", "compat", "tests", "benches"]) {
        let lines = source.text.lines().count();
        if lines > MOST_LINES && source.path != THE_LOOP {
            violations.push(format!("{}: {lines} lines, at most {MOST_LINES}", source.path));
        }
    }
    assert_eq!(violations, NOTHING);
}

#[test]
fn nothing_is_left_unfinished() {
    let mut violations = Vec::new();
    for source in sources(&["src", "legacy", "compat", "tests", "benches"]) {
        for unfinished in ["todo", "unimplemented", "dbg"] {
            for at in source.positions(unfinished).filter(|at| source.code[at + unfinished.len()..].starts_with('!')) {
                violations.push(format!("{}:{}: {unfinished}!", source.path, source.line_of(at)));
            }
        }
    }
    assert_eq!(violations, NOTHING);
}

#[test]
fn the_tree_speaks_of_itself_alone() {
    // In two parts each, so that this file does not contain them.
    let elsewhere =
        [concat!("shared", "/"), concat!("/wo", "rk/"), concat!("../des", "ign"), concat!("this ses", "sion")];
    let mut violations = Vec::new();
    for path in files_below(&crate_root()) {
        // What is not text has nothing to say.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            if let Some(found) = elsewhere.iter().find(|&&words| line.contains(words)) {
                violations.push(format!("{}:{}: {found}", relative(&path), number + 1));
            }
        }
    }
    assert_eq!(violations, NOTHING);
}

#[test]
fn the_reader_tells_code_from_the_rest() {
    let text = "a/*b/*c*/d*/e\"f\\\"g\"h'i''\\''j<'k>b\"l\"r#\"m\"n\"#o//p\nq br'";
    let blank = |count| " ".repeat(count);
    let blanks = [blank(11), blank(6), blank(7), blank(12), blank(3)];
    assert_eq!(
        code_of(text),
        format!("a{}e{}h{}j<'k>{}o{}\nq br'", blanks[0], blanks[1], blanks[2], blanks[3], blanks[4])
    );
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into(), code: code_of(text) };
    let imports = |path: &str, text: &str| source(path, text).imports().into_iter().collect::<Vec<_>>();
    assert_eq!(
        imports("src/vm/a.rs", "use crate::{arena::{x, y}, kernel}; super::super::cli::f(); super::b"),
        ["arena", "cli", "kernel"]
    );
    assert_eq!(imports("src/value.rs", "use crate::arena::handle::Handle; use crate::arena::Gc;"), ["arena", HANDLES]);
    assert_eq!(imports("src/vm/mod.rs", "super::cli; #[cfg(test)] mod tests { use crate::stdlib; }"), ["cli"]);
    assert_eq!(imports("src/vm/a.rs", "// crate::stdlib\nother_crate::x"), Vec::<String>::new());
}
