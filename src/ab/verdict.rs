//! What the outcomes of several engines say about them.
//!
//! Compared are what a script printed, its exit code, and its error text up to the traceback, whose lines belong to
//! the engine. Outcomes that differ in addresses alone are told apart from mismatches, and so are scripts that an
//! engine does not run twice with the same outcome: their output depends on the clock, on random numbers, or on
//! the order of a table's keys.

use std::time::Duration;

use serde::Serialize;

use super::child::{End, Outcome};

/// What the old VM says of a library it does not have, before that library's name.
const NO_LIBRARY: &str = "the old VM has no ";

const TRACEBACK: &[u8] = b"\nstack traceback:\n";

/// Words before an address, and the sign between them.
const ADDRESSED: [&[u8]; 6] = [b"table: ", b"function: ", b"userdata: ", b"thread: ", b"builtin: ", b"file ("];
const FEWEST_DIGITS: usize = 4;

/// How many characters of a line are shown.
const SHOWN: usize = 100;

/// The distinct outcomes of one engine.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes {
    pub(crate) engine: &'static str,
    pub(crate) distinct: Vec<Outcome>,
}

impl Outcomes {
    pub(crate) fn new(engine: &'static str) -> Outcomes {
        Outcomes { engine, distinct: Vec::new() }
    }

    pub(crate) fn add(&mut self, outcome: Outcome) {
        if !self.distinct.contains(&outcome) {
            self.distinct.push(outcome);
        }
    }

    pub(crate) fn timed_out(&self) -> bool {
        self.ended(&End::TimedOut)
    }

    fn ended(&self, end: &End) -> bool {
        self.distinct.iter().any(|outcome| outcome.end == *end)
    }

    /// Whether the engine agrees with itself, addresses aside.
    fn is_stable(&self) -> bool {
        self.distinct.windows(2).all(|pair| difference(&pair[0], &pair[1], true).is_none())
    }

    /// The library that the script needs and the old VM does not have.
    fn lacks(&self) -> Option<String> {
        let outcome = self.distinct.first()?;
        [&outcome.stderr, &outcome.stdout].into_iter().find_map(|text| {
            let text = String::from_utf8_lossy(text);
            let (_, behind) = text.split_once(NO_LIBRARY)?;
            let line = behind.lines().next().unwrap_or_default();
            // What to do about it comes after a colon.
            Some(line.split(": ").next().unwrap_or(line).trim().to_owned())
        })
    }
}

/// What was found about a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Equal,
    /// Equal but for addresses.
    Addresses,
    /// An engine disagrees with itself.
    Unstable(Vec<&'static str>),
    Mismatch(Vec<Difference>),
    /// The old VM lacks a library.
    NotOnOldVm(String),
    /// No comparison, because engines were stopped.
    Stopped(String),
}

impl Verdict {
    /// One word for tables and programs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Addresses => "addresses",
            Verdict::Unstable(_) => "unstable",
            Verdict::Mismatch(_) => "mismatch",
            Verdict::NotOnOldVm(_) => "not-on-old-vm",
            Verdict::Stopped(_) => "stopped",
        }
    }

    /// A sentence about it.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Verdict::Equal => None,
            Verdict::Addresses => Some("equal but for the addresses of objects".to_owned()),
            Verdict::Unstable(engines) => Some(format!(
                "several runs on the same engine ({}) differ: it depends on the clock, random numbers or the order of keys",
                engines.join(", ")
            )),
            Verdict::Mismatch(differences) => {
                Some(differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("; "))
            }
            Verdict::NotOnOldVm(library) => Some(format!("the old VM has no {library}")),
            Verdict::Stopped(reason) => Some(reason.clone()),
        }
    }
}

/// The first place at which two outcomes differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// Output, error text, or end.
    pub(crate) what: &'static str,
    pub(crate) line: Option<usize>,
    pub(crate) engines: [&'static str; 2],
    pub(crate) texts: [String; 2],
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ([one, other], [first, second]) = (self.engines, &self.texts);
        f.write_str(self.what)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {one} {first}, {other} {second}")
    }
}

/// Judges a script by the outcomes of the engines; the first is the one that the others are compared with, and the old VM
/// is called `old`.
pub(crate) fn judge(engines: &[Outcomes], limit: Duration) -> Verdict {
    let lacking = engines.iter().find(|outcomes| outcomes.engine == "old").and_then(Outcomes::lacks);
    let compared: Vec<&Outcomes> =
        engines.iter().filter(|outcomes| lacking.is_none() || outcomes.engine != "old").collect();
    let verdict = compare(&compared, limit);
    match (lacking, verdict) {
        (Some(_), verdict @ (Verdict::Mismatch(_) | Verdict::Stopped(_))) => verdict,
        (Some(library), _) => Verdict::NotOnOldVm(library),
        (None, verdict) => verdict,
    }
}

fn compare(engines: &[&Outcomes], limit: Duration) -> Verdict {
    let Some((first, others)) = engines.split_first() else { return Verdict::Equal };
    let chatty = engines.iter().find(|outcomes| outcomes.ended(&End::TooMuchOutput));
    if let Some(chatty) = chatty {
        return Verdict::Stopped(format!("{}: it prints more than a run may print (16 MiB)", chatty.engine));
    }
    let late: Vec<&str> = engines.iter().filter(|outcomes| outcomes.timed_out()).map(|late| late.engine).collect();
    // The core is the fastest of them: where it alone does not end, it is wrong.
    let is_wrong = late == ["new"] && engines.len() > 1;
    if !late.is_empty() && !is_wrong {
        return Verdict::Stopped(format!("{}: it does not end within {} s", late.join(", "), limit.as_secs_f64()));
    }
    let unstable: Vec<&str> =
        engines.iter().filter(|outcomes| !outcomes.is_stable()).map(|outcomes| outcomes.engine).collect();
    if !unstable.is_empty() {
        return Verdict::Unstable(unstable);
    }
    let mut differences = Vec::new();
    for other in others {
        // Stable engines: any of the outcomes stands for all.
        let pair = first.distinct.first().zip(other.distinct.first());
        if let Some(found) = pair.and_then(|(a, b)| difference(a, b, true)) {
            differences.push(Difference { engines: [first.engine, other.engine], ..found });
        }
    }
    match differences.is_empty() {
        false => Verdict::Mismatch(differences),
        true if any_difference(engines) => Verdict::Addresses,
        true => Verdict::Equal,
    }
}

/// Whether any two outcomes of any engines differ in what is compared, addresses included.
fn any_difference(engines: &[&Outcomes]) -> bool {
    let all: Vec<&Outcome> = engines.iter().flat_map(|outcomes| &outcomes.distinct).collect();
    all.windows(2).any(|pair| difference(pair[0], pair[1], false).is_some())
}

/// Where two outcomes differ first; `masked` leaves addresses aside.
pub(crate) fn difference(a: &Outcome, b: &Outcome, masked: bool) -> Option<Difference> {
    let lines = |what, a: &[u8], b: &[u8]| {
        let (a, b) = if masked { (mask(a), mask(b)) } else { (a.to_vec(), b.to_vec()) };
        let (line, texts) = first_line(&a, &b)?;
        Some(Difference { what, line: Some(line), engines: ["", ""], texts })
    };
    let found = lines("output", &a.stdout, &b.stdout);
    let found = found.or_else(|| lines("error text", error_text(&a.stderr), error_text(&b.stderr)));
    found.or_else(|| {
        let ends = [&a.end, &b.end];
        (a.end != b.end).then(|| Difference {
            what: "end",
            line: None,
            engines: ["", ""],
            texts: ends.map(|end| match end {
                End::Exit(code) => format!("exit code {code}"),
                End::Crash(how) => format!("crash ({how})"),
                End::TimedOut => "does not end".to_owned(),
                End::TooMuchOutput => "prints too much".to_owned(),
            }),
        })
    })
}

/// Standard error without the last traceback.
fn error_text(stderr: &[u8]) -> &[u8] {
    let at = memchr::memmem::rfind(stderr, TRACEBACK);
    let text = at.map_or(stderr, |at| &stderr[..at]);
    text.strip_suffix(b"\n").unwrap_or(text)
}

/// The number of the first different line, and both lines.
fn first_line(a: &[u8], b: &[u8]) -> Option<(usize, [String; 2])> {
    if a == b {
        return None;
    }
    let (mut a, mut b) = (a.split_inclusive(|&c| c == b'\n'), b.split_inclusive(|&c| c == b'\n'));
    let mut line = 1;
    loop {
        let (one, other) = (a.next(), b.next());
        if one != other {
            return Some((line, [one, other].map(|text| text.map_or("has no such line".to_owned(), show))));
        }
        line += 1;
    }
}

fn show(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// The text with the same digits for each address.
fn mask(text: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        masked.push(byte);
        rest = behind;
        if matches!(byte, b' ' | b'(') && ADDRESSED.iter().any(|word| masked.ends_with(word)) {
            let digits = rest.strip_prefix(b"0x").unwrap_or(rest);
            let count = digits.iter().take_while(|digit| digit.is_ascii_hexdigit()).count();
            if count >= FEWEST_DIGITS {
                masked.extend(b"0x?");
                rest = &digits[count..];
            }
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn outcome(stdout: &str, stderr: &str, code: i32) -> Outcome {
        Outcome { stdout: stdout.into(), stderr: stderr.into(), end: End::Exit(code) }
    }

    fn printed(stdout: &str) -> Outcome {
        outcome(stdout, "", 0)
    }

    fn stopped(end: End) -> Outcome {
        Outcome { end, ..printed("") }
    }

    fn outcomes(engine: &'static str, all: &[Outcome]) -> Outcomes {
        let mut outcomes = Outcomes::new(engine);
        for outcome in all {
            outcomes.add(outcome.clone());
        }
        outcomes
    }

    fn verdict(old: &[Outcome], new: &[Outcome]) -> Verdict {
        judge(&[outcomes("old", old), outcomes("new", new)], Duration::from_secs(1))
    }

    #[test]
    fn the_same_is_equal() {
        assert_eq!(verdict(&[printed("a\n")], &[printed("a\n")]), Verdict::Equal);
        let failed = outcome("a", "ferrous: x.lua:1: no\nstack traceback:\n\t[C]: ?\n", 1);
        let elsewhere = outcome("a", "ferrous: x.lua:1: no\nstack traceback:\n\tother\n", 1);
        assert_eq!(verdict(std::slice::from_ref(&failed), &[elsewhere]), Verdict::Equal);
        assert_eq!(
            verdict(std::slice::from_ref(&failed), &[outcome("a", "ferrous: x.lua:1: no\n", 1)]),
            Verdict::Equal
        );
    }

    #[test]
    fn a_mismatch_shows_its_first_line() {
        let Verdict::Mismatch(found) = verdict(&[printed("a\nb\nc\n")], &[printed("a\nx\n")]) else { panic!() };
        assert_eq!(found[0].to_string(), "output, line 2: old \"b\\n\", new \"x\\n\"");
        let Verdict::Mismatch(found) = verdict(&[printed("a\n")], &[printed("a\nx\n")]) else { panic!() };
        assert_eq!(found[0].to_string(), "output, line 2: old has no such line, new \"x\\n\"");
        let Verdict::Mismatch(found) = verdict(&[outcome("", "e\n", 1)], &[outcome("", "f\n", 1)]) else { panic!() };
        assert_eq!(found[0].what, "error text");
        let Verdict::Mismatch(found) = verdict(&[printed("")], &[stopped(End::Crash("signal: 11".into()))]) else {
            panic!()
        };
        assert_eq!(found[0].to_string(), "end: old exit code 0, new crash (signal: 11)");
    }

    #[test]
    fn addresses_and_instability_are_told_apart() {
        let address = |n: u32| printed(&format!("table: 0x{n:08x} function: builtin: {n:08x} file (0x{n:x})\n"));
        assert_eq!(verdict(&[address(0x1234567)], &[address(0x89abcde)]), Verdict::Addresses);
        assert_eq!(verdict(&[address(0x1234567), address(0x7654321)], &[address(0x1234567)]), Verdict::Addresses);
        let number = |n| printed(&format!("table: {n} 0x1234{n}\n"));
        assert!(matches!(verdict(&[number(1)], &[number(2)]), Verdict::Mismatch(_)));
        assert_eq!(verdict(&[printed("1")], &[printed("1"), printed("2")]), Verdict::Unstable(vec!["new"]));
        assert_eq!(verdict(&[printed("1"), printed("3")], &[printed("2")]), Verdict::Unstable(vec!["old"]));
    }

    #[test]
    fn a_hanging_core_is_a_mismatch_and_other_hangs_are_not() {
        let late = stopped(End::TimedOut);
        let stops = |verdict| matches!(verdict, Verdict::Stopped(_));
        assert!(stops(verdict(std::slice::from_ref(&late), std::slice::from_ref(&late))));
        assert!(stops(verdict(std::slice::from_ref(&late), &[printed("")])));
        assert!(stops(verdict(&[printed("")], &[stopped(End::TooMuchOutput)])));
        assert!(matches!(verdict(&[printed("")], &[late]), Verdict::Mismatch(_)));
    }

    #[test]
    fn a_library_that_the_old_vm_lacks_leaves_the_others_to_compare() {
        let lacking = outcome("", &format!("ferrous: {NO_LIBRARY}library 'io': run it on the core\n"), 1);
        let all = |new: &str, routed: &str| {
            let engines = [
                outcomes("old", std::slice::from_ref(&lacking)),
                outcomes("new", &[printed(new)]),
                outcomes("routed", &[printed(routed)]),
            ];
            judge(&engines, Duration::from_secs(1))
        };
        assert_eq!(all("a", "a"), Verdict::NotOnOldVm("library 'io'".to_owned()));
        assert!(matches!(all("a", "b"), Verdict::Mismatch(_)));
    }
}
