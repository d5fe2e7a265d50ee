//! The smallest set of opcodes whose new version changes a script's outcome, by delta debugging.
//!
//! A set is tested by a run with its opcodes on the core and all others on the old route, whose outcome is compared with that of
//! the run with all on the old route. The result is minimal: without any one of its opcodes the outcome does not
//! change. It is also smallest if it has one opcode or two, because no single one is left out of account.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::child::{End, Outcome};
use super::engine::{Engine, Host};
use super::verdict::{Difference, difference};
use crate::bytecode::OpCode;
use crate::router::{pinned, routable};

/// Runs with the same routes that have to agree before anything is looked for.
const AGREEING: usize = 3;

/// How many times longer than the slower of the first two runs another one may take before it is taken for one without
/// an end; and how long any run may take.
const SLOWER: u32 = 50;
const SHORT: Duration = Duration::from_secs(1);

/// What to look into.
#[derive(Debug)]
pub(crate) struct Bisection {
    pub(crate) host: Host,
    pub(crate) script: PathBuf,
    pub(crate) args: Vec<OsString>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The outcome is the same on the core.
    NoDifference,
    /// These opcodes change it.
    Culprits { opcodes: Vec<OpCode>, difference: Difference, replay: [String; 2] },
    /// The script cannot be looked into.
    Refused(String),
}

impl Bisection {
    /// Looks for the opcodes; `progress` hears of each run.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(crate) fn run(&self, mut progress: impl FnMut(&str)) -> io::Result<Finding> {
        let candidates: Vec<OpCode> = routable().filter(|opcode| !pinned(opcode.group())).collect();
        let mut limit = self.host.limit;
        let mut run = |opcodes: &[OpCode], limit| {
            let spec = spec(opcodes);
            progress(&spec);
            let engine = Engine::Routed { ops: spec, seed: None };
            self.host.run_with(&engine.options(), &self.script, &self.args, limit)
        };
        let first = run(&[], limit)?;
        let (old, mut slowest) = (first.outcome, first.time);
        if let Some(reason) = self.unusable(&old) {
            return Ok(Finding::Refused(reason));
        }
        let new = run(&candidates, limit)?;
        if new.outcome.end != End::TimedOut {
            slowest = slowest.max(new.time);
        }
        let new = new.outcome;
        // What has taken long need not take as long again to be known for endless.
        limit = limit.min(slowest.saturating_mul(SLOWER).max(SHORT));
        for _ in 1..AGREEING {
            for (before, opcodes) in [(&old, &[][..]), (&new, &candidates)] {
                if before.end == End::TimedOut {
                    continue;
                }
                if let Some(found) = difference(before, &run(opcodes, limit)?.outcome, true) {
                    let routes = if opcodes.is_empty() { "the old routes" } else { "the core" };
                    return Ok(Finding::Refused(format!(
                        "the script is unstable: two runs on {routes} differ in their {}",
                        place(&found)
                    )));
                }
            }
        }
        if difference(&old, &new, true).is_none() {
            return Ok(Finding::NoDifference);
        }
        let mut known: HashMap<BTreeSet<OpCode>, Option<Difference>> = HashMap::new();
        known.insert(candidates.iter().copied().collect(), difference(&old, &new, true));
        let mut changes = |opcodes: &[OpCode]| -> io::Result<bool> {
            let key: BTreeSet<OpCode> = opcodes.iter().copied().collect();
            if let Some(found) = known.get(&key) {
                return Ok(found.is_some());
            }
            let found = difference(&old, &run(opcodes, limit)?.outcome, true);
            let changes = found.is_some();
            known.insert(key, found);
            Ok(changes)
        };
        let mut culprits = minimize(candidates.clone(), &mut changes)?;
        if culprits.len() > 1 {
            for opcode in candidates {
                if changes(&[opcode])? {
                    culprits = vec![opcode];
                    break;
                }
            }
        }
        let Some(found) = known.remove(&culprits.iter().copied().collect()).flatten() else {
            return Ok(Finding::NoDifference);
        };
        let line = |opcodes: &[OpCode]| {
            let engine = Engine::Routed { ops: spec(opcodes), seed: None };
            self.host.command_line(&engine.options(), &self.script, &self.args)
        };
        let replay = [line(&[]), line(&culprits)];
        let difference = Difference { engines: ["on the old routes", "with the new version"], ..found };
        Ok(Finding::Culprits { opcodes: culprits, difference, replay })
    }

    /// Why the outcome on the old routes is nothing to compare with.
    fn unusable(&self, old: &Outcome) -> Option<String> {
        match &old.end {
            End::TimedOut => {
                Some(format!("the script does not end within {} s on the old routes", self.host.limit.as_secs_f64()))
            }
            End::TooMuchOutput => Some("the script prints more than a run may print (16 MiB)".to_owned()),
            End::Exit(_) | End::Crash(_) => None,
        }
    }
}

fn place(difference: &Difference) -> String {
    match difference.line {
        Some(line) => format!("{} at line {line}", difference.what),
        None => difference.what.to_owned(),
    }
}

/// The policy that has these opcodes on the core and all others on the old route.
fn spec(opcodes: &[OpCode]) -> String {
    if opcodes.len() == routable().filter(|opcode| !pinned(opcode.group())).count() {
        return "core".to_owned();
    }
    let items = opcodes.iter().map(|opcode| format!(",{opcode}=core"));
    std::iter::once("legacy".to_owned()).chain(items).collect()
}

/// Zeller's ddmin: of a set for which the test holds, a subset for which it holds, and for none that has one element less.
fn minimize<T: Copy, E>(mut set: Vec<T>, test: &mut impl FnMut(&[T]) -> Result<bool, E>) -> Result<Vec<T>, E> {
    let mut parts = 2;
    while set.len() > 1 {
        let size = set.len().div_ceil(parts);
        let mut smaller = None;
        for chunk in set.chunks(size) {
            if test(chunk)? {
                smaller = Some((chunk.to_vec(), 2));
                break;
            }
        }
        let count = set.len().div_ceil(size);
        if smaller.is_none() && count > 2 {
            for without in 0..count {
                let chunks = set.chunks(size).enumerate();
                let rest: Vec<T> =
                    chunks.filter(|(at, _)| *at != without).flat_map(|(_, chunk)| chunk).copied().collect();
                if test(&rest)? {
                    smaller = Some((rest, (count - 1).max(2)));
                    break;
                }
            }
        }
        match smaller {
            Some((subset, next)) => (set, parts) = (subset, next),
            None if size == 1 => break,
            None => parts = (parts * 2).min(set.len()),
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn minimal(size: u32, mut test: impl FnMut(&[u32]) -> bool) -> Vec<u32> {
        let Ok(found) = minimize((0..size).collect(), &mut |set: &[u32]| Ok::<bool, Infallible>(test(set)));
        found
    }

    proptest! {
        #[test]
        fn what_is_needed_together_is_found(needed in proptest::collection::btree_set(0..38_u32, 1..6)) {
            let found = minimal(38, |set| needed.iter().all(|one| set.contains(one)));
            prop_assert_eq!(found, needed.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn a_result_holds_and_nothing_less_does(seed: u64) {
            // A test without any order in it.
            let test = |set: &[u32]| {
                let sum = set.iter().fold(seed, |sum, one| sum.rotate_left(7).wrapping_mul(31) ^ u64::from(*one));
                set.len() == 20 || sum % 3 == 0
            };
            let found = minimal(20, test);
            prop_assert!(test(&found));
            for at in 0..found.len() {
                let mut less = found.clone();
                less.remove(at);
                prop_assert!(less.is_empty() || !test(&less));
            }
        }
    }

    #[test]
    fn one_of_many_takes_few_tests() {
        let mut tests = 0;
        let found = minimal(38, |set| {
            tests += 1;
            set.contains(&29)
        });
        assert_eq!(found, [29]);
        assert!(tests <= 14, "{tests}");
    }

    #[test]
    fn routes_are_named() {
        assert_eq!(spec(&[]), "legacy");
        if !pinned(OpCode::Add.group()) {
            assert_eq!(spec(&[OpCode::Add, OpCode::Call]), "legacy,ADD=core,CALL=core");
        }
        assert_eq!(spec(&routable().filter(|opcode| !pinned(opcode.group())).collect::<Vec<_>>()), "core");
    }
}
