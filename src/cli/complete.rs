//! Completion in the interactive mode: the names of globals, and of fields of what a line names.
//!
//! Tables are looked into as they are, without metamethods: to press a key must not run the user's code.
#![forbid(unsafe_code)]

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};

use super::repl::SharedVm;
use crate::vm::{Ctx, Throw, Type};

/// Tables that `__index` is followed through.
const MAX_CHAIN: usize = 10;

const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
];

/// What rustyline asks.
pub(super) struct LuaHelper {
    vm: SharedVm,
}

impl LuaHelper {
    pub(super) fn new(vm: SharedVm) -> Self {
        LuaHelper { vm }
    }
}

impl Helper for LuaHelper {}
impl Highlighter for LuaHelper {}
impl Validator for LuaHelper {}

impl Hinter for LuaHelper {
    type Hint = String;
}

impl Completer for LuaHelper {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        let Some(place) = Place::find(&line[..pos]) else { return Ok((pos, Vec::new())) };
        let start = pos - place.prefix.len();
        let names = self.vm.borrow_mut().enter(|ctx| place.candidates(ctx));
        // Nothing to propose is the answer to any trouble.
        Ok((start, names.unwrap_or_default()))
    }
}

/// What stands before the cursor: `owner.owner.prefix`.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    owners: Vec<&'a str>,
    /// The last separator is a colon.
    method: bool,
    prefix: &'a str,
}

impl<'a> Place<'a> {
    fn find(text: &'a str) -> Option<Place<'a>> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
        let start = text.char_indices().rev().take_while(|&(_, c)| part(c)).last();
        let (before, path) = text.split_at(start.map_or(text.len(), |(start, _)| start));
        // After `..` another expression begins.
        let path = path.rfind("..").map_or(path, |at| &path[at + 2..]);
        let (owners, prefix) = match path.rfind(['.', ':']) {
            Some(at) => (path[..at].split(['.', ':']).collect(), &path[at + 1..]),
            None => (Vec::new(), path),
        };
        let method = path[..path.len() - prefix.len()].ends_with(':');
        // The value of an expression other than a name is not known.
        let named = owners.iter().all(|owner| is_name(owner));
        let of_value = path.starts_with(['.', ':']) && before.ends_with([')', ']', '"', '\'']);
        (named && !of_value).then_some(Place { owners, method, prefix })
    }

    fn candidates(&self, ctx: &mut Ctx<'_>) -> std::result::Result<Vec<String>, Throw> {
        let mut names = Vec::new();
        ctx.push_globals()?;
        for owner in &self.owners {
            if !push_raw_field(ctx, owner)? {
                return Ok(names);
            }
        }
        if self.owners.is_empty() {
            let keywords = KEYWORDS.iter().filter(|keyword| keyword.starts_with(self.prefix));
            names.extend(keywords.map(|&keyword| keyword.to_owned()));
        }
        for _ in 0..MAX_CHAIN {
            if ctx.type_of(ctx.top()) == Type::Table {
                self.collect(ctx, &mut names)?;
            }
            if !push_index_table(ctx)? {
                break;
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// Adds the names in the table on the top.
    fn collect(&self, ctx: &mut Ctx<'_>, names: &mut Vec<String>) -> std::result::Result<(), Throw> {
        let table = ctx.top();
        ctx.push_nil()?;
        while ctx.next(table)? {
            let fits = !self.method || ctx.type_of(table + 2) == Type::Function;
            let key = std::str::from_utf8(ctx.bytes(table + 1)).unwrap_or_default();
            if fits && key.starts_with(self.prefix) && is_name(key) {
                names.push(key.to_owned());
            }
            ctx.drop_top(1);
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// Pushes a field of the value on the top, also one that is in an `__index` table; says whether there is one.
fn push_raw_field(ctx: &mut Ctx<'_>, name: &str) -> std::result::Result<bool, Throw> {
    for _ in 0..MAX_CHAIN {
        let owner = ctx.top();
        if ctx.type_of(owner) == Type::Table {
            ctx.raw_get_field(owner, name)?;
            if !ctx.is_none_or_nil(owner + 1) {
                return Ok(true);
            }
            ctx.drop_top(1);
        }
        if !push_index_table(ctx)? {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Pushes the table that `__index` of the value on the top is; says whether there is one.
fn push_index_table(ctx: &mut Ctx<'_>) -> std::result::Result<bool, Throw> {
    let value = ctx.top();
    if !ctx.metafield(value, "__index")? {
        return Ok(false);
    }
    Ok(ctx.type_of(value + 1) == Type::Table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_what_stands_before_the_cursor() {
        let place = |owners: &[&'static str], method, prefix| Some(Place { owners: owners.to_vec(), method, prefix });
        assert_eq!(Place::find("print(str"), place(&[], false, "str"));
        assert_eq!(Place::find("x = string.fo"), place(&["string"], false, "fo"));
        assert_eq!(Place::find("a.b:c"), place(&["a", "b"], true, "c"));
        assert_eq!(Place::find("'x'..ma"), place(&[], false, "ma"));
        assert_eq!(Place::find(""), place(&[], false, ""));
        assert_eq!(Place::find("f().x"), None);
        assert_eq!(Place::find("('x'):up"), None);
        assert_eq!(Place::find("é.x"), None);
    }
}
