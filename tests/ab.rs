//! `ferrous ab`, `ferrous ops` and `ferrous bisect`, as a user calls them.
//!
//! What they find is tested with engines that differ on purpose: a shell script that takes the options of the program, runs the
//! core, and tells the Lua script by the variables `ENGINE`, `OPS` and `FAULT` what it stands for. What they run is tested with
//! the program itself.

#![cfg(unix)]
#![forbid(unsafe_code)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::Value;
use tempfile::TempDir;

const FERROUS: &str = env!("CARGO_BIN_EXE_ferrous");

/// Stands for the program with all its engines.
const ENGINES: &str = r#"#!/bin/sh
export ENGINE=none OPS= FAULT=
profile=
while :; do
  case "$1" in
    --vm) [ "$2" = legacy ] && ENGINE=old; [ "$2" = core ] && ENGINE=new; shift 2 ;;
    --ops) ENGINE=routed; OPS="$2"; shift 2 ;;
    --ops-seed) shift 2 ;;
    --fault) FAULT="$2"; shift 2 ;;
    --profile) profile=--profile; shift ;;
    *) break ;;
  esac
done
exec "$REAL" $profile "$@"
"#;

/// A folder with scripts, and what stands for the program.
struct Place {
    folder: TempDir,
}

/// How a call ended, and what it wrote.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn new(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: TempDir::new().unwrap() };
        let program = place.path("engines");
        fs::write(&program, ENGINES).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Calls a subcommand of the program, in the folder, with the engines that differ on purpose.
    fn call(&self, subcommand: &str, args: &[&str]) -> Ended {
        let mut command = Command::new(FERROUS);
        command.arg(subcommand).arg("--program").arg(self.path("engines")).args(args);
        Ended::new(command.env("REAL", FERROUS).current_dir(self.folder.path()).output().unwrap())
    }

    /// Calls it with the program's own engines.
    fn call_real(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(FERROUS);
        command.args(args).env_remove("FERROUS_OPS").env_remove("FERROUS_OPS_SEED");
        Ended::new(command.current_dir(self.folder.path()).output().unwrap())
    }
}

/// The verdicts in a JSON report, in its order.
fn verdicts(report: &Value) -> Vec<(String, String)> {
    let rows = report["scripts"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["script"]), text(&row["verdict"]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}

#[test]
fn equal_scripts_are_a_success() {
    let place = Place::new();
    place.write("scripts/b.lua", "local s = 0 for i = 1, 1000 do s = s + i end print(s)");
    place.write("scripts/a/one.lua", "#!/usr/bin/env ferrous\nio.stderr:write('e\\n') os.exit(3)");
    place.write("scripts/a/two.lua", "error('wrong')");
    place.write("scripts/readme.txt", "no script");
    let ended = place.call("ab", &["scripts", "--seed", "7", "--ops", "ADD=legacy"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout);
    assert!(ended.stdout.contains("3 equal; runs of each on each engine: 3, seed 7"), "{}", ended.stdout);
    for word in ["scripts/b.lua", "old ms", "routed ms", "old / new", "ADD", "FORLOOP"] {
        assert!(ended.stdout.contains(word), "{word} is missing: {}", ended.stdout);
    }
}

#[test]
fn json_tells_all_of_it() {
    let place = Place::new();
    place.write("a.lua", "local s = 0 for i = 1, 1000 do s = s + i end print(s)");
    let ended = place.call("ab", &["a.lua", "--runs", "2", "--json", "-", "--timeout", "20"]);
    let report = ended.json();
    assert_eq!(verdicts(&report), [("a.lua".to_owned(), "equal".to_owned())]);
    assert_eq!((&report["runs"], &report["timeout_seconds"]), (&2.into(), &20.0.into()));
    let row = &report["scripts"][0];
    let engines: Vec<String> = row["engines"].as_array().unwrap().iter().map(|times| text(&times["engine"])).collect();
    assert_eq!(engines, ["old", "new"]);
    assert_eq!(row["engines"][0]["ms"].as_array().unwrap().len(), 2);
    assert!(row["ratio"].as_f64().unwrap() > 0.0);
    let add = row["opcodes"].as_array().unwrap().iter().find(|share| share["opcode"] == "ADD").unwrap();
    assert_eq!(add["count"], 1000);
    assert_eq!(report["summary"]["equal"], 1);

    place.call("ab", &["a.lua", "--runs", "1", "--json", "out.json"]);
    let written: Value = serde_json::from_slice(&fs::read(place.path("out.json")).unwrap()).unwrap();
    assert_eq!(verdicts(&written), verdicts(&report));
}

#[test]
fn a_mismatch_shows_both_sides_and_how_to_see_it_again() {
    let place = Place::new();
    place.write("output.lua", "print(1) print(os.getenv('ENGINE') == 'new' and 3 or 2)");
    place.write("error.lua", "error(os.getenv('ENGINE') == 'new' and 'one' or 'another', 0)");
    place.write("code.lua", "os.exit(os.getenv('ENGINE') == 'new' and 4 or 5)");
    place.write("routed.lua", "print(os.getenv('ENGINE') == 'routed' and 'r' or 'x')");
    place.write("same.lua", "print('x')");
    let ended = place.call("ab", &[".", "--runs", "1", "--ops", "ADD=legacy", "--ops-seed", "9", "--json", "-"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let report = ended.json();
    let found: Vec<(String, String)> = verdicts(&report);
    let expected = [
        ("code", "mismatch"),
        ("error", "mismatch"),
        ("output", "mismatch"),
        ("routed", "mismatch"),
        ("same", "equal"),
    ];
    assert_eq!(found, expected.map(|(name, verdict)| (format!("./{name}.lua"), verdict.to_owned())));
    let details: Vec<String> =
        report["scripts"].as_array().unwrap()[..4].iter().map(|row| text(&row["detail"])).collect();
    let expected = [
        "end: old exit code 5, new exit code 4; ",
        "error text, line 1: old \"ferrous: another\", new \"ferrous: one\"",
        "output, line 2: old \"2\\n\", new \"3\\n\"",
        "output, line 1: old \"x\\n\", routed \"r\\n\"",
    ];
    for (detail, expected) in details.iter().zip(expected) {
        assert!(detail.starts_with(expected.trim_end_matches("; ")), "{detail}");
    }
    let replay: Vec<String> = report["scripts"][3]["replay"].as_array().unwrap().iter().map(text).collect();
    let expected = ["--vm legacy", "--vm core", "--ops ADD=legacy --ops-seed 9"];
    assert_eq!(replay, expected.map(|options| format!("ferrous {options} ./routed.lua")));
}

#[test]
fn what_depends_on_more_than_the_script_is_no_mismatch() {
    let place = Place::new();
    place.write("address.lua", "print('table: 0x55' .. (os.getenv('ENGINE') == 'old' and '0aa1' or '0bb2'))");
    place.write("clock.lua", "print(os.clock() + os.time())");
    place.write("second.lua", "print(os.time())");
    place.write("lacking.lua", "if os.getenv('ENGINE') == 'old' then error('the old VM has no library \"io\"', 0) end");
    let ended = place.call("ab", &["address.lua", "clock.lua", "second.lua", "lacking.lua", "--json", "-"]);
    let report = ended.json();
    let found: Vec<String> = verdicts(&report).into_iter().map(|(_, verdict)| verdict).collect();
    // All runs of `second.lua` may be within one second; then there is no difference to explain.
    let expected = |second: &str| ["addresses", "unstable", second, "not-on-old-vm"].map(str::to_owned).to_vec();
    assert!(found == expected("unstable") || found == expected("equal"), "{found:?}");
    assert_eq!(ended.code, Some(0));
    assert!(text(&report["scripts"][3]["detail"]).contains("library \"io\""));
    assert_eq!(report["scripts"][3]["ratio"], Value::Null);
}

/// The clock's second is over when a difference is looked into again.
#[test]
fn a_difference_between_two_seconds_is_not_a_mismatch() {
    let place = Place::new();
    // On the old engine a second later than on the new one, in the first rounds for certain.
    place.write("time.lua", "print(os.time() + (os.getenv('ENGINE') == 'old' and 1 or 0))");
    let ended = place.call("ab", &["time.lua", "--json", "-"]);
    assert_eq!(verdicts(&ended.json())[0].1, "unstable");
}

#[test]
fn bad_input_is_named_and_the_rest_goes_on() {
    let place = Place::new();
    place.write("good.lua", "print(1)");
    place.write("syntax.lua", "local = 1");
    place.write("hang.lua", "while true do end");
    place.write("late.lua", "if os.getenv('ENGINE') == 'old' then while true do end end print(1)");
    place.write("flood.lua", "local s = ('x'):rep(1e6) for i = 1, 100 do io.write(s) end");
    fs::create_dir(place.path("empty")).unwrap();
    let args = ["good.lua", "syntax.lua", "hang.lua", "late.lua", "flood.lua", "missing.lua", "empty"];
    let start = Instant::now();
    let ended = place.call("ab", &[&args[..], &["--timeout", "0.7", "--json", "-"]].concat());
    assert_eq!(ended.code, Some(2));
    // Each engine that hangs is stopped once.
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let messages: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(messages.len(), 3, "{}", ended.stderr);
    assert!(messages[0].starts_with("ferrous ab: syntax.lua: it does not compile: syntax.lua:1:"), "{}", messages[0]);
    assert!(messages[1].starts_with("ferrous ab: missing.lua: cannot read it: "), "{}", messages[1]);
    assert_eq!(messages[2], "ferrous ab: empty: there is no Lua script (*.lua) in this directory");
    let report = ended.json();
    let found: Vec<String> = verdicts(&report).into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(found, ["equal", "stopped", "stopped", "stopped"]);
    let details: Vec<String> =
        report["scripts"].as_array().unwrap()[1..].iter().map(|row| text(&row["detail"])).collect();
    assert_eq!(details[0], "old, new: it does not end within 0.7 s");
    assert_eq!(details[1], "old: it does not end within 0.7 s");
    assert!(details[2].contains("prints more than"), "{}", details[2]);
    assert_eq!(report["bad_input"].as_array().unwrap().len(), 3);
}

#[test]
fn a_core_that_hangs_where_the_old_vm_does_not_is_a_mismatch() {
    let place = Place::new();
    place.write("hang.lua", "if os.getenv('ENGINE') == 'new' then while true do end end print(1)");
    let ended = place.call("ab", &["hang.lua", "--timeout", "0.5"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn wrong_arguments_are_refused() {
    let place = Place::new();
    place.write("good.lua", "print(1)");
    let cases: [(&[&str], &str); 8] = [
        (&["ab"], "required"),
        (&["ab", "good.lua", "--ops", "ADDD=legacy"], "did you mean \"ADD\"?"),
        (&["ab", "good.lua", "--timeout", "0"], "expected a number of seconds above 0"),
        (&["ab", "good.lua", "--runs", "0"], "0"),
        (&["ops", "--ops", "core:200%"], "it is not from 0 to 100"),
        (&["bisect"], "required"),
        (&["bisect", "missing.lua"], "cannot read it"),
        (&["bisect", "--fault", "NOTHING", "good.lua"], "unknown opcode \"NOTHING\""),
    ];
    for (args, expected) in cases {
        let ended = place.call_real(args);
        assert_eq!(ended.code, Some(2), "{args:?}");
        assert!(ended.stderr.contains(expected), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn the_page_is_whole_and_escaped() {
    let place = Place::new();
    place.write("a<b>&.lua", "print(os.getenv('ENGINE') == 'new' and '<script>alert(1)</script>' or '\"old\"')");
    let args = ["a<b>&.lua", "--runs", "1", "--html", "page.html", "--micro-time", "0.0001"];
    let ended = place.call("ab", &args);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("a&lt;b&gt;&amp;.lua") && page.contains("&lt;script&gt;alert"));
    for outside in ["<script", "a<b>", "http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert!(page.matches("<svg").count() >= 3);
    for name in ["MOVE", "CLOSE", "TFORLOOP", "VARARG"] {
        assert!(page.contains(&format!(">{name}</text>")), "{name}");
    }
}

#[test]
fn each_opcode_is_timed_beside_its_target() {
    let place = Place::new();
    let ended = place.call("ab", &["--micro", "--runs", "1", "--json", "-", "--micro-time", "0.002"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = ended.json();
    let rows = report["micro"]["opcodes"].as_array().unwrap();
    assert_eq!(rows.len(), 38);
    let targets: Vec<(String, f64)> = report["micro"]["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(&row["operation"]), row["target"].as_f64().unwrap()))
        .collect();
    let expected =
        [("register", 40.0), ("table", 50.0), ("closure", 10.0), ("upvalue", 50.0), ("call", 16.0), ("dispatch", 20.0)];
    assert_eq!(targets, expected.map(|(name, target)| (name.to_owned(), target)));
    let gigahertz = report["micro"]["gigahertz"].as_f64().unwrap();
    assert!((0.1..10.0).contains(&gigahertz), "{gigahertz}");
    for row in rows {
        let (ns, cycles) = (row["new_ns"].as_f64().unwrap(), row["new_cycles"].as_f64().unwrap());
        assert!((cycles - ns * gigahertz).abs() < 1e-6, "{row}");
    }
    // Other tests run beside this one; what takes long is seen all the same.
    let table = rows.iter().find(|row| row["opcode"] == "NEWTABLE").unwrap();
    assert!(table["new_ns"].as_f64().unwrap() > 0.0, "{table}");
    let text = place.call("ab", &["--micro", "--runs", "1", "--micro-time", "0.0001"]).stdout;
    for word in ["GETTABLE", "old cycles", "target", "16x", "GHz"] {
        assert!(text.contains(word), "{word} is missing: {text}");
    }
}

#[test]
fn bisect_names_one_opcode_in_few_runs() {
    let place = Place::new();
    place.write(
        "fault.lua",
        "local ops = os.getenv('OPS')
         assert(arg[1] == '-x' and arg[2] == 'a b' and os.getenv('FAULT') == 'CALL')
         print(1)
         print((ops == 'core' or ops:find('CALL=core', 1, true)) and 'wrong' or 'right')",
    );
    let ended = place.call("bisect", &["--fault", "call", "--", "fault.lua", "-x", "a b"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""), "{}", ended.stdout);
    // The name of the opcode TAILCALL ends in the same letters.
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let names = lines[0]
        .strip_prefix("the new version of ")
        .and_then(|rest| rest.strip_suffix(" changes what the script does"));
    assert!(matches!(names, Some("CALL" | "TAILCALL")), "{}", lines[0]);
    assert!(lines[1].starts_with("output, line 2: on the old routes \"right\\n\""), "{}", lines[1]);
    assert_eq!(lines[2], "old routes:  ferrous --fault CALL --ops legacy ./fault.lua -x 'a b'");
    assert!(lines[3].starts_with("new version: ferrous --fault CALL --ops legacy,"), "{}", lines[3]);
}

#[test]
fn bisect_names_opcodes_that_are_wrong_together() {
    let place = Place::new();
    place.write(
        "pair.lua",
        "local ops = os.getenv('OPS')
         local function has(name) return ops == 'core' or (',' .. ops .. ','):find(',' .. name .. '=core,', 1, true) end
         if has('ADD') and has('GETTABLE') and has('MOVE') then error('three') end",
    );
    let ended = place.call("bisect", &["--", "pair.lua"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.starts_with("the new version of MOVE with GETTABLE with ADD changes"), "{}", ended.stdout);
}

#[test]
fn bisect_says_why_there_is_nothing_to_find() {
    let place = Place::new();
    place.write("same.lua", "print({}, 1)");
    let ended = place.call("bisect", &["same.lua"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.starts_with("no difference"), "{}", ended.stdout);

    place.write("unstable.lua", "print(os.clock())");
    let ended = place.call("bisect", &["unstable.lua"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("the script is unstable"), "{}", ended.stderr);

    place.write("hang.lua", "while true do end");
    let ended = place.call("bisect", &["--timeout", "0.3", "hang.lua"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("does not end within 0.3 s"), "{}", ended.stderr);

    place.write("syntax.lua", "x x");
    let ended = place.call("bisect", &["syntax.lua"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("it does not compile"), "{}", ended.stderr);
}

/// An opcode that makes a loop endless is found like any other.
#[test]
fn bisect_takes_a_hang_for_an_outcome() {
    let place = Place::new();
    place.write(
        "loop.lua",
        "local ops = os.getenv('OPS')
         if ops == 'core' or ops:find('FORPREP=core', 1, true) then while true do end end",
    );
    let ended = place.call("bisect", &["--timeout", "0.2", "loop.lua"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("the new version of FORPREP changes"), "{}", ended.stdout);
    assert!(ended.stdout.contains("does not end"), "{}", ended.stdout);
}

#[test]
fn ops_shows_the_routes() {
    let place = Place::new();
    let ended = place.call_real(&["ops", "--ops", "CALL=legacy,arith=shadow:1%"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let line = |name: &str| {
        let line = ended.stdout.lines().find(|line| line.split(' ').next() == Some(name));
        line.unwrap_or_else(|| panic!("{}", ended.stdout)).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("CALL")[..5], ["CALL", "call", "call", "legacy", "--ops"]);
    assert_eq!(line("ADD")[..7], ["ADD", "arith", "meta", "shadow:1%", "else", "core", "--ops,"]);
    assert_eq!(line("MOVE")[..5], ["MOVE", "load", "pure", "core", "default"]);
    assert!(ended.stdout.contains("seed 0"));
}

#[test]
fn ops_reads_the_environment_as_the_weaker() {
    let place = Place::new();
    let mut command = Command::new(FERROUS);
    command.args(["ops", "--json", "--ops", "CALL=shadow"]).current_dir(place.folder.path());
    command.env("FERROUS_OPS", "legacy,CALL=core").env("FERROUS_OPS_SEED", "12");
    let report = Ended::new(command.output().unwrap()).json();
    assert_eq!(report["seed"], 12);
    let rules = |name: &str| {
        let rows = report["opcodes"].as_array().unwrap();
        rows.iter().find(|row| row["opcode"] == name).unwrap()["rules"][0].clone()
    };
    assert_eq!((text(&rules("CALL")["route"]), text(&rules("CALL")["set_by"])), ("shadow".into(), "--ops".into()));
    assert_eq!((text(&rules("ADD")["route"]), text(&rules("ADD")["set_by"])), ("legacy".into(), "FERROUS_OPS".into()));

    for (name, value, expected) in [("FERROUS_OPS", "CAL=core", "CALL"), ("FERROUS_OPS_SEED", "x", "bad seed")] {
        let ended = Ended::new(Command::new(FERROUS).arg("ops").env(name, value).output().unwrap());
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.starts_with(&format!("ferrous ops: {name}: ")), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}

#[test]
#[cfg(feature = "compat")]
fn ops_counts_what_a_script_does() {
    let place = Place::new();
    place.write("sum.lua", "local s = 0 for i = 1, 100 do s = s + i * ... end print(s)");
    let ended = place.call_real(&["ops", "--json", "--ops", "MUL=legacy,ADD=shadow", "sum.lua", "2"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "10100\n"), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stderr).unwrap();
    let counts = |name: &str| {
        let rows = report["opcodes"].as_array().unwrap();
        rows.iter().find(|row| row["opcode"] == name).unwrap()["counts"].clone()
    };
    assert_eq!(counts("MUL")["legacy"], 100);
    assert_eq!((&counts("ADD")["shadowed"], &counts("ADD")["matched"]), (&100.into(), &100.into()));
    assert_eq!((&counts("FORLOOP")["legacy"], &counts("FORLOOP")["shadowed"]), (&0.into(), &0.into()));
    place.write("wrong.lua", "error('no')");
    let ended = place.call_real(&["ops", "--ops", "MUL=legacy", "wrong.lua"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("wrong.lua:1: no") && ended.stderr.contains("GETTABLE"), "{}", ended.stderr);
}

#[test]
fn ops_prints_the_table_of_the_guide() {
    let ended = Place::new().call_real(&["ops", "--markdown"]);
    assert_eq!(ended.stdout, ferrous::router::markdown_table());
}

#[test]
fn each_subcommand_has_help() {
    let place = Place::new();
    for name in ["ab", "ops", "bisect"] {
        let ended = place.call_real(&[name, "--help"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
        assert!(ended.stdout.contains(&format!("Usage: ferrous {name}")), "{}", ended.stdout);
    }
}

/// The program's own engines: the old VM and old opcodes in the core.
#[cfg(feature = "compat")]
mod real {
    use pretty_assertions::assert_eq;

    use super::*;

    const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

    #[test]
    fn the_examples_do_the_same_everywhere() {
        let place = Place::new();
        let args = ["ab", EXAMPLES, "--runs", "1", "--ops", "legacy", "--json", "-", "--timeout", "120"];
        let ended = place.call_real(&args);
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        let found = verdicts(&ended.json());
        assert!(found.len() >= 5, "{found:?}");
        assert!(found.iter().all(|(_, verdict)| verdict == "equal" || verdict == "not-on-old-vm"), "{found:?}");
        assert!(found.iter().any(|(_, verdict)| verdict == "equal"), "{found:?}");
    }

    #[test]
    fn a_library_that_the_old_vm_lacks_is_named() {
        let place = Place::new();
        place.write("lacking.lua", "print(io.open('lacking.lua'):read(5))");
        let ended = place.call_real(&["ab", "lacking.lua", "--runs", "1", "--json", "-"]);
        let report = ended.json();
        assert_eq!(verdicts(&report)[0].1, "not-on-old-vm", "{}", ended.stdout);
        assert!(text(&report["scripts"][0]["detail"]).contains("io"), "{}", ended.stdout);
        assert_eq!(ended.code, Some(0));
    }

    /// What a time is, is not a test's to say: processes take turns.
    #[test]
    fn each_opcode_is_timed_on_both_machines() {
        let place = Place::new();
        let ended = place.call_real(&["ab", "--micro", "--runs", "1", "--json", "-", "--micro-time", "0.002"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let report = ended.json();
        let rows = report["micro"]["opcodes"].as_array().unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row["opcode"].as_str().unwrap()).collect();
        let wanted: Vec<&str> = ferrous::router::routable().map(|opcode| opcode.name()).collect();
        assert_eq!(names, wanted);
        for row in rows {
            assert!(
                row["old_ns"].as_f64().unwrap().is_finite() && row["new_ns"].as_f64().unwrap().is_finite(),
                "{row}"
            );
            assert!(row["target"].as_f64().unwrap() >= 10.0, "{row}");
        }
    }

    #[test]
    fn bisect_finds_a_fault_in_any_opcode() {
        let place = Place::new();
        place.write("every.lua", include_str!("ab/every_opcode.lua"));
        for opcode in ferrous::router::routable().filter(|opcode| !ferrous::router::pinned(opcode.group())) {
            let ended = place.call_real(&["bisect", "--fault", opcode.name(), "--", "every.lua"]);
            let first = ended.stdout.lines().next().unwrap_or_default();
            assert_eq!(first, format!("the new version of {opcode} changes what the script does"), "{}", ended.stderr);
            assert_eq!(ended.code, Some(1), "{opcode}");
        }
        let ended = place.call_real(&["bisect", "every.lua"]);
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    }
}
