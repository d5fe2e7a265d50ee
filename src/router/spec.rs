//! The text form of a policy: `core,CALL=legacy,arith=shadow:1%`.
//!
//! Reading it refuses whatever it does not know, and says which item is wrong and what comes nearest. Writing gives a
//! text that reads back with the same routes.

use std::fmt;

use super::names::{group_name, group_named, groups, opcode_named, pin_feature, pinned, routable};
use super::{OpPolicy, Route};
use crate::bytecode::{Group, OpCode};

/// What is wrong with a policy's text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    variable: Option<&'static str>,
    /// The item's number, from 1, and its text.
    item: Option<(usize, String)>,
    problem: String,
    nearest: Option<String>,
}

impl PolicyError {
    fn new(problem: impl Into<String>) -> PolicyError {
        PolicyError { variable: None, item: None, problem: problem.into(), nearest: None }
    }

    fn with_nearest(mut self, nearest: impl Into<String>) -> PolicyError {
        self.nearest = Some(nearest.into());
        self
    }

    pub(super) fn not_text(variable: &'static str) -> PolicyError {
        PolicyError::new("the value is not UTF-8").in_variable(variable)
    }

    pub(super) fn in_variable(mut self, variable: &'static str) -> PolicyError {
        self.variable = Some(variable);
        self
    }

    /// The number of the wrong item in the list, from 1.
    pub fn item(&self) -> Option<usize> {
        self.item.as_ref().map(|(number, _)| *number)
    }

    /// The name that is nearest to one that is not known.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variable) = self.variable {
            write!(f, "{variable}: ")?;
        }
        if let Some((number, text)) = &self.item {
            write!(f, "item {number}, {text:?}: ")?;
        }
        f.write_str(&self.problem)?;
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean {nearest:?}?")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// What an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    All,
    Group(Group),
    Op(OpCode),
}

/// An item of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Item {
    subject: Subject,
    pub(super) route: Route,
    pub(super) percent: f64,
}

impl Item {
    pub(super) fn opcodes(&self) -> impl Iterator<Item = OpCode> {
        let subject = self.subject;
        routable().filter(move |&opcode| match subject {
            Subject::All => true,
            Subject::Group(group) => opcode.group() == group,
            Subject::Op(only) => opcode == only,
        })
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Item>, PolicyError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let items = text.split(',').map(str::trim).enumerate();
    items
        .map(|(index, item)| {
            parse_item(item).map_err(|error| PolicyError { item: Some((index + 1, item.to_owned())), ..error })
        })
        .collect()
}

fn parse_item(item: &str) -> Result<Item, PolicyError> {
    if item.is_empty() {
        return Err(PolicyError::new("an item is missing between commas"));
    }
    let (rest, percent) = match item.split_once(':') {
        Some((rest, percent)) => (rest.trim(), parse_percent(percent.trim())?),
        None => (item, 100.0),
    };
    let (subject, route) = match rest.split_once('=') {
        Some((subject, route)) => (parse_subject(subject.trim())?, parse_route(route.trim())?),
        None => {
            if rest.parse::<Route>().is_err() && parse_subject(rest).is_ok() {
                let text = format!("{rest:?} needs a route, as in \"{rest}=legacy\"");
                return Err(PolicyError::new(text));
            }
            (Subject::All, parse_route(rest)?)
        }
    };
    let group = match subject {
        Subject::All => None,
        Subject::Group(group) => Some(group),
        Subject::Op(opcode) => Some(opcode.group()),
    };
    if let Some(group) = group
        && pinned(group)
        && route != Route::Core
    {
        let (name, feature) = (group_name(group), pin_feature(group));
        let text = format!("this build pins the group {name:?} to the core, by the Cargo feature {feature:?}");
        return Err(PolicyError::new(text));
    }
    Ok(Item { subject, route, percent })
}

fn parse_subject(name: &str) -> Result<Subject, PolicyError> {
    if let Some(group) = group_named(name) {
        return Ok(Subject::Group(group));
    }
    match opcode_named(name) {
        Some(OpCode::ExtraArg) => {
            Err(PolicyError::new("EXTRAARG is a part of SETLIST and has no route of its own").with_nearest("SETLIST"))
        }
        Some(opcode) => Ok(Subject::Op(opcode)),
        None => {
            let opcodes = routable().map(OpCode::name);
            let names = groups().into_iter().map(group_name);
            // At equal distances, the kind that is written in the same letters.
            let nearest = if name.chars().any(char::is_lowercase) {
                nearest(name, names.chain(opcodes))
            } else {
                nearest(name, opcodes.chain(names))
            };
            Err(PolicyError::new(format!("unknown opcode or group {name:?}")).with_nearest(nearest))
        }
    }
}

fn parse_route(name: &str) -> Result<Route, PolicyError> {
    name.parse().map_err(|_| {
        let nearest = nearest(name, Route::ALL.into_iter().map(Route::name));
        PolicyError::new(format!("unknown route {name:?}")).with_nearest(nearest)
    })
}

fn parse_percent(text: &str) -> Result<f64, PolicyError> {
    let wrong = |why: &str| PolicyError::new(format!("bad percentage {text:?}: {why}"));
    let number = text.strip_suffix('%').ok_or_else(|| wrong("'%' is missing, as in \":1%\""))?;
    let percent: f64 = number.trim().parse().map_err(|_| wrong("it is not a number"))?;
    // What is no number is outside, too.
    if (0.0..=100.0).contains(&percent) { Ok(percent) } else { Err(wrong("it is not from 0 to 100")) }
}

pub(super) fn parse_seed(text: &str) -> Result<u64, PolicyError> {
    text.trim().parse().map_err(|_| PolicyError::new(format!("bad seed {text:?}: it is not a number from 0 to 2^64-1")))
}

/// The first of the names that take the fewest changes, letters' case aside.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let name = name.to_uppercase();
    names.min_by_key(|known| strsim::osa_distance(&name, &known.to_uppercase())).unwrap_or_default()
}

/// A stack of rules without who set them.
type Shape = Vec<(Route, f64)>;

pub(super) fn write(policy: &OpPolicy, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape = |opcode| policy.rules(opcode).iter().map(|rule| (rule.route, rule.percent)).collect::<Shape>();
    let shapes: Vec<(OpCode, Shape)> =
        routable().filter(|opcode| !pinned(opcode.group())).map(|opcode| (opcode, shape(opcode))).collect();
    let frequency = |shape: &Shape| shapes.iter().filter(|(_, other)| other == shape).count();
    let common = shapes.iter().map(|(_, shape)| shape).max_by_key(|shape| frequency(shape));
    let common = common.cloned().unwrap_or_else(|| vec![(Route::Core, 100.0)]);

    let mut items = Vec::new();
    write_items(&mut items, "", &common);
    for group in groups() {
        let members: Vec<_> = shapes.iter().filter(|(opcode, _)| opcode.group() == group).collect();
        match members.as_slice() {
            [(_, first), rest @ ..] if !rest.is_empty() && rest.iter().all(|(_, shape)| shape == first) => {
                write_items(&mut items, &format!("{}=", group_name(group)), beyond(&common, first));
            }
            _ => {
                for (opcode, shape) in members {
                    write_items(&mut items, &format!("{opcode}="), beyond(&common, shape));
                }
            }
        }
    }
    f.write_str(&items.join(","))
}

/// The rules that have to be added to the common ones.
fn beyond<'a>(common: &Shape, shape: &'a Shape) -> &'a [(Route, f64)] {
    shape.strip_prefix(common.as_slice()).unwrap_or(shape)
}

fn write_items(items: &mut Vec<String>, subject: &str, rules: &[(Route, f64)]) {
    items.extend(rules.iter().map(|&(route, percent)| match percent {
        100.0 => format!("{subject}{route}"),
        _ => format!("{subject}{route}:{percent}%"),
    }));
}
