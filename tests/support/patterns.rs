//! Patterns, and a model of how they match: it works on trees, and knows nothing of how patterns are written.

use ferrous::kernel::meter::Meter;
use ferrous::kernel::pattern::{Capture, Matcher};
use ferrous::kernel::replace::{GlobalMatch, Substitution};
use ferrous::{LuaVM, Value};

use super::choices::Choices;
use super::reference::Reference;

/// Where each capture begins, and its length; a position has none.
pub type Captures = Vec<(usize, Option<usize>)>;

/// An item of a pattern.
#[derive(Clone, Debug)]
enum Node {
    Single(Class, Repeat),
    Capture(Vec<Node>),
    Position,
    Balance(u8, u8),
    Frontier(Class),
}

#[derive(Clone, Debug)]
enum Class {
    Any,
    Byte(u8),
    Letters(bool),
    Set(Vec<u8>, bool),
}

#[derive(Clone, Copy, Debug)]
enum Repeat {
    Once,
    Optional,
    Star,
    Plus,
    Lazy,
}

impl Class {
    fn spell(&self, out: &mut Vec<u8>) {
        match self {
            Self::Any => out.push(b'.'),
            Self::Byte(byte) if byte.is_ascii_alphanumeric() => out.push(*byte),
            Self::Byte(byte) => out.extend([b'%', *byte]),
            Self::Letters(yes) => out.extend(if *yes { b"%a" } else { b"%A" }),
            Self::Set(..) => self.spell_set(out),
        }
    }

    fn spell_set(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        match self {
            Self::Set(bytes, not) => {
                if *not {
                    out.push(b'^');
                }
                for byte in bytes {
                    Self::Byte(*byte).spell(out);
                }
            }
            // In a set a point is a point.
            Self::Any => out.extend(b"%z\x01-\xff"),
            other => other.spell(out),
        }
        out.push(b']');
    }

    fn has(&self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Byte(wanted) => byte == *wanted,
            Self::Letters(yes) => byte.is_ascii_alphabetic() == *yes,
            Self::Set(bytes, not) => bytes.contains(&byte) != *not,
        }
    }
}

/// Repeated items in a pattern. Each multiplies the ways that a search tries.
const REPEATS: usize = 5;

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Node>);

impl Pattern {
    pub fn random(choices: &mut Choices<'_>) -> Pattern {
        let mut nodes = random_nodes(choices, 2);
        bound_repeats(&mut nodes, &mut { REPEATS });
        Pattern(nodes)
    }

    /// As Lua writes it.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        spell(&self.0, &mut text);
        text
    }

    /// The match at a place: where it ends, and its captures.
    pub fn match_at(&self, src: &[u8], start: usize) -> Option<(usize, Captures)> {
        let work: Vec<Work<'_>> = self.0.iter().map(Work::Node).collect();
        continue_match(src, start, &work, &Vec::new())
    }

    /// The first match: where it begins and ends, and its captures.
    pub fn find(&self, src: &[u8]) -> Option<(usize, usize, Captures)> {
        (0..=src.len()).find_map(|start| {
            let (end, captures) = self.match_at(src, start)?;
            Some((start, end, captures))
        })
    }

    /// All matches, as `gmatch` and `gsub` find them: none begins before the one before ends.
    pub fn find_all(&self, src: &[u8]) -> Vec<(usize, usize, Captures)> {
        let (mut all, mut at) = (Vec::new(), 0);
        while at <= src.len() {
            match self.match_at(src, at) {
                Some((end, captures)) => {
                    all.push((at, end, captures));
                    at = end.max(at + 1);
                }
                None => at += 1,
            }
        }
        all
    }
}

/// What the kernel finds is what the model finds.
pub fn check_search(src: &[u8], pattern: &Pattern) {
    let text = pattern.text();
    let mut matcher = Matcher::new(src, &text);
    let found = matcher.search(&mut Meter::default(), 0).expect("a good pattern");
    let found = found.map(|(start, end)| {
        let captures = (0..matcher.level())
            .map(|index| match matcher.capture(index, start, end) {
                Ok(Capture::Substring(at, length)) => (at, Some(length)),
                Ok(Capture::Position(at)) => (at, None),
                Err(error) => panic!("{error}"),
            })
            .collect::<Captures>();
        (start, end, captures)
    });
    assert_eq!(found, pattern.find(src), "{:?} in {:?}", text.escape_ascii(), src.escape_ascii());
}

/// `gmatch` and `gsub` see the matches that the model sees.
pub fn check_all_matches(src: &[u8], pattern: &Pattern) {
    let text = pattern.text();
    let mut meter = Meter::default();
    let mut out = Vec::new();
    let mut all = GlobalMatch::new(src, &text, 0);
    let mut work = Substitution::new(src, &text);
    let mut expected = pattern.find_all(src).into_iter();
    loop {
        let next = expected.next().map(|(start, end, _)| (start, end));
        assert_eq!(all.next_match(&mut meter), Ok(next), "{} in {}", text.escape_ascii(), src.escape_ascii());
        assert_eq!(
            work.next_match(&mut meter, &mut out),
            Ok(next),
            "{} in {}",
            text.escape_ascii(),
            src.escape_ascii()
        );
        let Some((start, end)) = next else { break };
        out.extend_from_slice(&src[start..end]);
    }
    work.finish(&mut meter, &mut out).expect("no limit");
    assert_eq!(out, src, "a match replaced by itself changes nothing");
}

/// `string.find` of any text as the pattern says what the real one says.
pub fn check_text(vm: &mut LuaVM, subject: &[u8], pattern: &[u8], reference: &mut Reference) {
    let Some(expected) = reference.find(subject, pattern) else { return };
    let args = [subject, pattern].map(|bytes| Value::from(vm.create_string(bytes).expect("a string")));
    let string = vm.get_global("string").expect("the library");
    let find = vm.get_field(string, "find").expect("the function");
    let (ok, values) = match vm.protected_call(find, &args).expect("no limit") {
        Ok(values) => ("true", values),
        Err(thrown) => ("false", vec![thrown]),
    };
    let mut found = ok.as_bytes().to_vec();
    for value in values {
        found.push(b'\n');
        found.extend(vm.to_text(value).expect("text"));
    }
    let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
    assert_eq!(shown(&found), shown(&expected), "{} in {}", shown(pattern), shown(subject));
}

/// What a pattern may meet.
pub fn random_subject(choices: &mut Choices<'_>) -> Vec<u8> {
    (0..choices.below(14)).map(|_| choices.one(b"aaabbb1()\0-")).collect()
}

/// Anything that could be meant as a pattern.
pub fn random_text(choices: &mut Choices<'_>) -> Vec<u8> {
    let length = choices.below(16);
    (0..length)
        .map(|_| match choices.below(4) {
            0 => choices.below(256) as u8,
            _ => choices.one(b"ab.%[]()-*+?^$1fbdw\0"),
        })
        .collect()
}

/// Turns all but so many repeated items into single ones.
fn bound_repeats(nodes: &mut [Node], left: &mut usize) {
    for node in nodes {
        match node {
            Node::Capture(inner) => bound_repeats(inner, left),
            Node::Single(_, repeat) if !matches!(repeat, Repeat::Once) => match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => *repeat = Repeat::Once,
            },
            _ => {}
        }
    }
}

fn random_nodes(choices: &mut Choices<'_>, depth: usize) -> Vec<Node> {
    (0..choices.below(6)).map(|_| random_node(choices, depth)).collect()
}

fn random_node(choices: &mut Choices<'_>, depth: usize) -> Node {
    use Repeat::{Lazy, Once, Optional, Plus, Star};
    match choices.below(14) {
        0 => Node::Position,
        1 => {
            let (open, close) = choices.one(&[(b'(', b')'), (b'a', b'b'), (b'a', b'a')]);
            Node::Balance(open, close)
        }
        2 => Node::Frontier(random_class(choices)),
        3 | 4 if depth > 0 => {
            let mut inner = random_nodes(choices, depth - 1);
            inner.truncate(3);
            // Without anything inside it would be a position.
            inner.push(random_node(choices, 0));
            Node::Capture(inner)
        }
        _ => Node::Single(random_class(choices), choices.one(&[Once, Once, Optional, Star, Plus, Lazy])),
    }
}

fn random_class(choices: &mut Choices<'_>) -> Class {
    match choices.below(7) {
        0 => Class::Any,
        1 => Class::Letters(choices.chance(2)),
        2 => Class::Set((0..=choices.below(3)).map(|_| choices.one(b"ab1()-]^")).collect(), choices.chance(2)),
        _ => Class::Byte(choices.one(b"ab1(")),
    }
}

fn spell(nodes: &[Node], out: &mut Vec<u8>) {
    for node in nodes {
        match node {
            Node::Single(class, repeat) => {
                class.spell(out);
                match repeat {
                    Repeat::Once => {}
                    Repeat::Optional => out.push(b'?'),
                    Repeat::Star => out.push(b'*'),
                    Repeat::Plus => out.push(b'+'),
                    Repeat::Lazy => out.push(b'-'),
                }
            }
            Node::Capture(inner) => {
                // `()` would be a position.
                out.extend(b"(");
                spell(inner, out);
                out.push(b')');
            }
            Node::Position => out.extend(b"()"),
            Node::Balance(open, close) => out.extend([b'%', b'b', *open, *close]),
            Node::Frontier(class) => {
                out.extend(b"%f");
                class.spell_set(out);
            }
        }
    }
}

/// A work list in continuation style: a node, or the end of a capture.
#[derive(Clone)]
enum Work<'a> {
    Node(&'a Node),
    Close(usize),
}

fn continue_match<'a>(src: &[u8], at: usize, work: &[Work<'a>], captures: &Captures) -> Option<(usize, Captures)> {
    let Some((first, rest)) = work.split_first() else {
        return Some((at, captures.clone()));
    };
    let node = match first {
        Work::Node(node) => *node,
        Work::Close(index) => {
            let mut captures = captures.clone();
            captures[*index].1 = Some(at - captures[*index].0);
            return continue_match(src, at, rest, &captures);
        }
    };
    match node {
        Node::Position => {
            let mut captures = captures.clone();
            captures.push((at, None));
            continue_match(src, at, rest, &captures)
        }
        Node::Capture(inner) => {
            let mut captures = captures.clone();
            captures.push((at, Some(usize::MAX)));
            let mut work: Vec<Work<'a>> = inner.iter().map(Work::Node).collect();
            work.push(Work::Close(captures.len() - 1));
            work.extend_from_slice(rest);
            continue_match(src, at, &work, &captures)
        }
        Node::Balance(open, close) => {
            if src.get(at) != Some(open) {
                return None;
            }
            let mut depth = 1;
            for (offset, byte) in src[at + 1..].iter().enumerate() {
                if byte == close {
                    depth -= 1;
                    if depth == 0 {
                        return continue_match(src, at + offset + 2, rest, captures);
                    }
                } else if byte == open {
                    depth += 1;
                }
            }
            None
        }
        Node::Frontier(class) => {
            let before = if at == 0 { 0 } else { src[at - 1] };
            let after = src.get(at).copied().unwrap_or(0);
            if class.has(before) || !class.has(after) {
                return None;
            }
            continue_match(src, at, rest, captures)
        }
        Node::Single(class, repeat) => {
            let run = src[at..].iter().take_while(|b| class.has(**b)).count();
            let counts: Vec<usize> = match repeat {
                Repeat::Once => (1..=run.min(1)).collect(),
                Repeat::Optional => (0..=run.min(1)).rev().collect(),
                Repeat::Star => (0..=run).rev().collect(),
                Repeat::Plus => (1..=run).rev().collect(),
                Repeat::Lazy => (0..=run).collect(),
            };
            counts.into_iter().find_map(|count| continue_match(src, at + count, rest, captures))
        }
    }
}
