//! Where each opcode's route comes from.
//!
//! An opcode has a stack of rules, each of which is a route, the percentage of scripts it is for, and who set it. The
//! topmost rule that takes the script decides. A rule of a stronger [`Source`] is above one of a weaker source, whichever came
//! first; within a source, the later one is above.
//!
//! Invariants: the lowest rule of each stack is for all scripts; percentages strictly decrease towards the top, because a
//! rule below one that takes at least as many scripts would never decide; the rule of a pinned opcode is the only one.

use std::fmt;

use super::names::{pinned, routable};
use super::sample;
use super::{PolicyError, Route, Routes, spec};
use crate::bytecode::{Group, OpCode};

/// The seed of a policy that was given none. It is fixed, so that a script takes the same path in each run unless
/// somebody wants another sample.
pub const DEFAULT_SEED: u64 = 0;

/// After how many mismatches an opcode goes back to the old implementation, if the policy says nothing else.
pub const DEFAULT_BREAKER: u64 = 100;

/// The variables that [`OpPolicy::from_env`] reads.
const SPEC_VARIABLE: &str = "FERROUS_OPS";
const SEED_VARIABLE: &str = "FERROUS_OPS_SEED";

/// Who set a route, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Nobody.
    Default,
    /// The variable `FERROUS_OPS`.
    Environment,
    /// The program's option `--ops`.
    CommandLine,
    /// The host, by the builder.
    Builder,
    /// The circuit breaker, after too many mismatches.
    Breaker,
    /// The kill switch.
    KillSwitch,
    /// A Cargo feature of this build.
    Pinned,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Source::Default => "default",
            Source::Environment => SPEC_VARIABLE,
            Source::CommandLine => "--ops",
            Source::Builder => "builder",
            Source::Breaker => "circuit breaker",
            Source::KillSwitch => "kill switch",
            Source::Pinned => "Cargo feature",
        })
    }
}

/// One reason for an opcode to have a route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The route.
    pub route: Route,
    /// For how many of 100 scripts; 100 is for all.
    pub percent: f64,
    /// Who said so.
    pub source: Source,
}

/// Where each opcode's route comes from: rules for opcodes, groups and everything, with sampling.
///
/// The builder's methods and [`apply`](OpPolicy::apply) add rules. What a rule with a percentage does not take keeps the
/// route it had before. Opcodes that a Cargo feature pins stay on the core whatever the builder says; the text form
/// refuses to name them.
#[derive(Debug, Clone, PartialEq)]
pub struct OpPolicy {
    rules: [Vec<Rule>; OpCode::ALL.len()],
    /// What `sample` says of the builder's next rules.
    percent: f64,
    seed: u64,
    breaker: Option<u64>,
}

impl Default for OpPolicy {
    fn default() -> OpPolicy {
        let rules = std::array::from_fn(|index| {
            let pinned = OpCode::ALL.get(index).is_some_and(|opcode| pinned(opcode.group()));
            let source = if pinned { Source::Pinned } else { Source::Default };
            vec![Rule { route: Route::Core, percent: 100.0, source }]
        });
        OpPolicy { rules, percent: 100.0, seed: DEFAULT_SEED, breaker: Some(DEFAULT_BREAKER) }
    }
}

impl OpPolicy {
    /// All on the core, [`DEFAULT_SEED`], [`DEFAULT_BREAKER`].
    pub fn new() -> OpPolicy {
        OpPolicy::default()
    }

    /// A policy from its text form, as the builder would have made it.
    ///
    /// The text is a list with commas, read from left to right: a route (`core`, `legacy`, `shadow`, `shadow-core`) is for all
    /// opcodes, `GETTABLE=legacy` for an opcode, `arith=shadow` for a group, and `:1%` behind it for one in a hundred
    /// scripts. Opcodes and routes may be written in letters of any case, but for `call` and `closure`, which in small letters are
    /// groups.
    ///
    /// # Errors
    /// What is wrong, in which item.
    pub fn parse(text: &str) -> Result<OpPolicy, PolicyError> {
        let mut policy = OpPolicy::new();
        policy.apply(text, Source::Builder)?;
        Ok(policy)
    }

    /// The policy that the variables `FERROUS_OPS` and `FERROUS_OPS_SEED` ask for.
    ///
    /// # Errors
    /// What is wrong, in which variable.
    pub fn from_env() -> Result<OpPolicy, PolicyError> {
        let mut policy = OpPolicy::new();
        let text = |name| match std::env::var(name) {
            Ok(text) => Ok(Some(text)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(PolicyError::not_text(name)),
        };
        if let Some(text) = text(SPEC_VARIABLE)? {
            policy.apply(&text, Source::Environment).map_err(|error| error.in_variable(SPEC_VARIABLE))?;
        }
        if let Some(text) = text(SEED_VARIABLE)? {
            policy.seed = spec::parse_seed(&text).map_err(|error| error.in_variable(SEED_VARIABLE))?;
        }
        Ok(policy)
    }

    /// Adds the rules of a text, which [`parse`](OpPolicy::parse) describes. Nothing is added if there is a mistake.
    ///
    /// # Errors
    /// What is wrong, in which item.
    pub fn apply(&mut self, text: &str, source: Source) -> Result<(), PolicyError> {
        for item in spec::parse(text)? {
            for opcode in item.opcodes() {
                self.add(opcode, Rule { route: item.route, percent: item.percent, source });
            }
        }
        Ok(())
    }

    /// Routes every opcode.
    #[must_use]
    pub fn all(mut self, route: Route) -> OpPolicy {
        self.build(routable(), route);
        self
    }

    /// Routes a group.
    #[must_use]
    pub fn group(mut self, group: Group, route: Route) -> OpPolicy {
        self.build(routable().filter(|opcode| opcode.group() == group), route);
        self
    }

    /// Routes an opcode. EXTRAARG is a part of SETLIST and goes with it.
    #[must_use]
    pub fn op(mut self, opcode: OpCode, route: Route) -> OpPolicy {
        self.build([opcode], route);
        self
    }

    /// From here on, the builder's rules are for this percentage of scripts only; 100 ends that. The percentage is clamped to
    /// 0 ..= 100, and what is no number takes no script.
    #[must_use]
    pub fn sample(mut self, percent: f64) -> OpPolicy {
        self.percent = if percent.is_nan() { 0.0 } else { percent.clamp(0.0, 100.0) };
        self
    }

    /// Which scripts the percentages take.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> OpPolicy {
        self.seed = seed;
        self
    }

    /// After how many mismatches an opcode goes back to the old implementation; `None` for never.
    #[must_use]
    pub fn breaker(mut self, mismatches: Option<u64>) -> OpPolicy {
        self.breaker = mismatches;
        self
    }

    /// The seed, which a report has to name.
    pub fn seed_value(&self) -> u64 {
        self.seed
    }

    /// After how many mismatches an opcode goes back.
    pub fn breaker_value(&self) -> Option<u64> {
        self.breaker
    }

    /// Whether each opcode is on the core for every script.
    pub fn is_all_core(&self) -> bool {
        self.rules.iter().all(|rules| rules.iter().all(|rule| rule.route == Route::Core))
    }

    /// Whether a script's name makes a difference.
    pub fn is_sampled(&self) -> bool {
        self.rules.iter().any(|rules| rules.len() > 1)
    }

    /// The routes of the functions of a chunk, known by the name that error messages call it by (`@script.lua`).
    pub fn routes_for(&self, chunk_name: &[u8]) -> Routes {
        let mut routes = Routes::default();
        for opcode in routable() {
            routes.set(opcode, self.rule_for(chunk_name, opcode).route);
        }
        routes
    }

    /// The rule that decides an opcode's route in a chunk.
    pub fn rule_for(&self, chunk_name: &[u8], opcode: OpCode) -> Rule {
        let opcode = owner(opcode);
        let rules = self.rules(opcode);
        if let [only] = rules {
            return *only;
        }
        let draw = sample::draw(self.seed, chunk_name, opcode);
        let taken = rules.iter().rev().find(|rule| draw < rule.percent);
        *taken.unwrap_or(&rules[0])
    }

    /// An opcode's rules, from the lowest, which is for all scripts, to the one that is asked first.
    pub fn rules(&self, opcode: OpCode) -> &[Rule] {
        &self.rules[owner(opcode) as usize]
    }

    /// Takes an opcode back to the old implementation, because the circuit breaker says so.
    pub fn open_breaker(&mut self, opcode: OpCode) {
        self.add(opcode, Rule { route: Route::Legacy, percent: 100.0, source: Source::Breaker });
    }

    /// The policy while the kill switch is tripped.
    #[must_use]
    pub fn killed(&self) -> OpPolicy {
        let mut policy = self.clone();
        for opcode in routable() {
            policy.add(opcode, Rule { route: Route::Legacy, percent: 100.0, source: Source::KillSwitch });
        }
        policy
    }

    fn build(&mut self, opcodes: impl IntoIterator<Item = OpCode>, route: Route) {
        for opcode in opcodes {
            self.add(opcode, Rule { route, percent: self.percent, source: Source::Builder });
        }
    }

    fn add(&mut self, opcode: OpCode, rule: Rule) {
        let rules = &mut self.rules[owner(opcode) as usize];
        let at = rules.iter().position(|other| other.source > rule.source).unwrap_or(rules.len());
        if rule.percent <= rules.get(at).map_or(0.0, |above| above.percent) {
            return;
        }
        let below = rules[..at].iter().position(|other| other.percent <= rule.percent).unwrap_or(at);
        rules.splice(below..at, [rule]);
    }
}

/// The opcode that has the route of this one.
fn owner(opcode: OpCode) -> OpCode {
    if opcode == OpCode::ExtraArg { OpCode::SetList } else { opcode }
}

impl fmt::Display for OpPolicy {
    /// The text form. What it reads back has the same routes; who set them, the seed and the breaker are not a part of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        spec::write(self, f)
    }
}
