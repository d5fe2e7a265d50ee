//! Properties of the pure kernels, each against a model that is slow and plain.

use ferrous::kernel::budget::{Budget, MatchError};
use ferrous::kernel::chunk_id::{ID_SIZE, SYNTAX_ID_SIZE, write_chunk_id};
use ferrous::kernel::date::{Civil, Zone, write_date};
use ferrous::kernel::format::parse_spec;
use ferrous::kernel::number::{parse_number, parse_with_base, write_number};
use ferrous::kernel::pattern::{Matcher, find_plain, has_specials};
use ferrous::kernel::replace::{GlobalMatch, Substitution, replace_all};
use ferrous::kernel::sort::{SLOTS, Slot, SortTarget, sort};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

fn shown(n: f64) -> String {
    let mut out = Vec::new();
    write_number(&mut out, n);
    String::from_utf8(out).expect("numbers are ASCII")
}

fn formatted(spec: &str, n: f64) -> String {
    let (spec, _) = parse_spec(spec.as_bytes()).expect("a good specification");
    let mut out = Vec::new();
    spec.write_number(&mut out, n);
    String::from_utf8(out).expect("numbers are ASCII")
}

/// Doubles of all kinds: any bits, integers, short decimals.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<i64>().prop_map(|n| n as f64),
        any::<i16>().prop_map(f64::from),
        (any::<i32>(), 0..12_i32).prop_map(|(n, places)| f64::from(n) / 10_f64.powi(places)),
        (any::<u32>(), 0..40_i32).prop_map(|(n, places)| f64::from(n) / 2_f64.powi(places)),
    ]
}

/// `%.{precision}e` of a finite number, from std's formatting.
fn model_e(n: f64, precision: usize) -> String {
    let text = format!("{n:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `%.{precision}g` of a finite number, as the C standard puts it.
fn model_g(n: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let scientific = model_e(n, precision - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if exponent >= -4 && exponent < precision as i32 {
        let places = (precision as i32 - 1 - exponent) as usize;
        trim(&format!("{n:.places$}"))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
    }
}

/// What the pattern model gives: each capture's range, or a lone position.
type Captures = Vec<(usize, Option<usize>)>;

/// A pattern as a tree, and so the model knows nothing of how patterns are spelled.
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

fn model<'a>(src: &[u8], at: usize, work: &[Work<'a>], captures: &Captures) -> Option<(usize, Captures)> {
    let Some((first, rest)) = work.split_first() else {
        return Some((at, captures.clone()));
    };
    let node = match first {
        Work::Node(node) => *node,
        Work::Close(index) => {
            let mut captures = captures.clone();
            captures[*index].1 = Some(at - captures[*index].0);
            return model(src, at, rest, &captures);
        }
    };
    match node {
        Node::Position => {
            let mut captures = captures.clone();
            captures.push((at, None));
            model(src, at, rest, &captures)
        }
        Node::Capture(inner) => {
            let mut captures = captures.clone();
            captures.push((at, Some(usize::MAX)));
            let mut work: Vec<Work<'a>> = inner.iter().map(Work::Node).collect();
            work.push(Work::Close(captures.len() - 1));
            work.extend_from_slice(rest);
            model(src, at, &work, &captures)
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
                        return model(src, at + offset + 2, rest, captures);
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
            model(src, at, rest, captures)
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
            counts.into_iter().find_map(|count| model(src, at + count, rest, captures))
        }
    }
}

fn classes() -> impl Strategy<Value = Class> {
    prop_oneof![
        1 => Just(Class::Any),
        4 => prop::sample::select(b"ab1(".to_vec()).prop_map(Class::Byte),
        1 => any::<bool>().prop_map(Class::Letters),
        1 => (prop::collection::vec(prop::sample::select(b"ab1()-]^".to_vec()), 1..4), any::<bool>())
            .prop_map(|(bytes, not)| Class::Set(bytes, not)),
    ]
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let repeats = prop::sample::select(vec![
        Repeat::Once,
        Repeat::Once,
        Repeat::Optional,
        Repeat::Star,
        Repeat::Plus,
        Repeat::Lazy,
    ]);
    let leaf = prop_oneof![
        8 => (classes(), repeats).prop_map(|(class, repeat)| Node::Single(class, repeat)),
        1 => Just(Node::Position),
        1 => prop::sample::select(vec![(b'(', b')'), (b'a', b'b'), (b'a', b'a')])
            .prop_map(|(open, close)| Node::Balance(open, close)),
        1 => classes().prop_map(Node::Frontier),
    ];
    let node = leaf.prop_recursive(2, 6, 3, |inner| prop::collection::vec(inner, 1..4).prop_map(Node::Capture));
    prop::collection::vec(node, 0..6)
}

fn subjects() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"aaabbb1()\0-".to_vec()), 0..14)
}

/// Anything that could be meant as a pattern.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![prop::sample::select(b"ab.%[]()-*+?^$1fbdw\0".to_vec()), any::<u8>()], 0..16)
}

/// Integers to sort; the slots hold `None` for what lies beyond them.
struct Items<F> {
    items: Vec<i64>,
    slots: [Option<i64>; SLOTS],
    left: u32,
    order: F,
}

impl<F: Fn(Option<i64>, Option<i64>) -> bool> SortTarget for Items<F> {
    type Error = &'static str;

    fn load(&mut self, slot: Slot, index: i64) -> Result<(), Self::Error> {
        let at = usize::try_from(index - 1).ok();
        self.slots[slot as usize] = at.and_then(|at| self.items.get(at).copied());
        Ok(())
    }

    fn store(&mut self, index: i64, slot: Slot) -> Result<(), Self::Error> {
        let at = usize::try_from(index - 1).expect("never before the first");
        if let (Some(item), Some(value)) = (self.items.get_mut(at), self.slots[slot as usize]) {
            *item = value;
        }
        Ok(())
    }

    fn less(&mut self, a: Slot, b: Slot) -> Result<bool, Self::Error> {
        self.left = self.left.checked_sub(1).ok_or("spent")?;
        Ok((self.order)(self.slots[a as usize], self.slots[b as usize]))
    }

    fn invalid_order(&mut self) -> Self::Error {
        "invalid order"
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn seventeen_digits_come_back(n in numbers()) {
        let back = parse_number(formatted(".17g", n).as_bytes()).expect("a number");
        if n.is_nan() {
            prop_assert!(back.is_nan());
        } else {
            prop_assert_eq!(back.to_bits(), n.to_bits());
        }
    }

    #[test]
    fn numbers_are_shown_with_14_digits(n in numbers()) {
        if n.is_finite() {
            assert_eq!(shown(n), model_g(n, 14));
        }
        let back = parse_number(shown(n).as_bytes()).expect("a number");
        assert_eq!(shown(back), shown(n));
    }

    #[test]
    fn floats_are_formatted_as_the_standard_says(n in numbers(), precision in 0..40_usize) {
        if n.is_finite() {
            assert_eq!(formatted(&format!(".{precision}f"), n), format!("{n:.precision$}"));
            assert_eq!(formatted(&format!(".{precision}e"), n), model_e(n, precision));
            assert_eq!(formatted(&format!(".{precision}g"), n), model_g(n, precision));
        }
    }

    #[test]
    fn integers_are_formatted_as_std_does(n in any::<i32>(), width in 1..30_usize) {
        let float = f64::from(n);
        let long = i64::from(n) as u64;
        assert_eq!(formatted("d", float), n.to_string());
        assert_eq!(formatted("u", float), long.to_string());
        assert_eq!(formatted(&format!("{width}d"), float), format!("{n:width$}"));
        assert_eq!(formatted(&format!("0{width}d"), float), format!("{n:0width$}"));
        assert_eq!(formatted(&format!("-{width}d"), float), format!("{n:<width$}"));
        assert_eq!(formatted(&format!("+{width}d"), float), format!("{n:+width$}"));
        assert_eq!(formatted(&format!("0{width}x"), float), format!("{long:0width$x}"));
        assert_eq!(formatted(&format!("{width}o"), float), format!("{long:width$o}"));
        assert_eq!(formatted("X", float), format!("{long:X}"));
    }

    #[test]
    fn any_specification_is_taken_or_refused(fmt in texts(), n in numbers(), s in texts()) {
        if let Ok((spec, used)) = parse_spec(&fmt) {
            prop_assert!(used <= fmt.len());
            let mut out = Vec::new();
            spec.write_number(&mut out, n);
            spec.write_string(&mut out, &s);
        }
    }

    #[test]
    fn plain_decimals_are_read_as_std_reads_them(
        text in "[ \t]{0,2}[+-]?[0-9]{0,20}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,4})?[ \n]{0,2}"
    ) {
        assert_eq!(parse_number(text.as_bytes()), text.trim().parse().ok());
    }

    #[test]
    fn hexadecimals_are_read_exactly(n in any::<u64>(), shift in -1100..1000_i64, tail in "[0-9a-f]{0,4}") {
        assert_eq!(parse_number(format!("0x{n:x}").as_bytes()), Some(n as f64));
        // Moving the point by a digit is moving the exponent by four.
        let one = parse_number(format!("0x{n:x}{tail}p{shift}").as_bytes());
        let moved = shift + 4 * tail.len() as i64;
        let other = parse_number(format!("0X{n:X}.{tail}P{moved}").as_bytes());
        assert_eq!(one, other);
    }

    #[test]
    fn bases_are_read_as_std_reads_them(n in any::<u32>(), base in 2..=36_u32) {
        let mut rest = n;
        let mut text = Vec::new();
        loop {
            text.push(char::from_digit(rest % base, base).expect("a digit"));
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        let text: String = text.into_iter().rev().collect();
        assert_eq!(parse_with_base(text.as_bytes(), base), Some(f64::from(n)));
    }

    #[test]
    fn any_text_is_a_number_or_none(text in texts(), base in any::<u32>()) {
        let _ = parse_number(&text);
        let _ = parse_with_base(&text, base);
    }

    #[test]
    fn patterns_match_as_the_model_does(src in subjects(), nodes in nodes()) {
        let mut pat = Vec::new();
        spell(&nodes, &mut pat);
        let work: Vec<Work<'_>> = nodes.iter().map(Work::Node).collect();
        let expected = (0..=src.len()).find_map(|start| {
            let (end, captures) = model(&src, start, &work, &Vec::new())?;
            Some((start, end, captures))
        });
        let mut matcher = Matcher::new(&src, &pat);
        let found = matcher.search(&mut Budget::unlimited(), 0).expect("a good pattern");
        let found = found.map(|(start, end)| {
            let captures = (0..matcher.level())
                .map(|index| match matcher.capture(index, start, end) {
                    Ok(ferrous::kernel::pattern::Capture::Substring(at, len)) => (at, Some(len)),
                    Ok(ferrous::kernel::pattern::Capture::Position(at)) => (at, None),
                    Err(error) => panic!("{error}"),
                })
                .collect::<Captures>();
            (start, end, captures)
        });
        assert_eq!(found, expected, "pattern {:?}", String::from_utf8_lossy(&pat));
    }

    #[test]
    fn any_pattern_ends(src in subjects(), pat in texts(), repl in texts(), steps in 0..2000_usize) {
        let mut out = Vec::new();
        let mut budget = Budget::limited(steps);
        match replace_all(&mut out, &mut budget, &src, &pat, &repl, usize::MAX) {
            Ok(count) => prop_assert!(count <= src.len() + 1),
            Err(MatchError::Interrupted) => prop_assert_eq!(budget.used(), steps),
            Err(_) => {}
        }
    }

    #[test]
    fn gmatch_and_gsub_see_the_same_matches(src in subjects(), nodes in nodes()) {
        let mut pat = Vec::new();
        spell(&nodes, &mut pat);
        let mut budget = Budget::unlimited();
        let mut out = Vec::new();
        let mut all = GlobalMatch::new(&src, &pat, 0);
        let mut work = Substitution::new(&src, &pat);
        loop {
            let expected = all.next_match(&mut budget).expect("a good pattern");
            let found = work.next_match(&mut budget, &mut out).expect("a good pattern");
            assert_eq!(found, expected);
            let Some((start, end)) = found else { break };
            out.extend_from_slice(&src[start..end]);
        }
        work.finish(&mut out);
        assert_eq!(out, src, "a match replaced by itself changes nothing");
    }

    #[test]
    fn plain_search_is_windows(hay in prop::collection::vec(0..3_u8, 0..100), needle in prop::collection::vec(0..3_u8, 0..5), init in 0..110_usize) {
        let expected = (init..=hay.len()).find(|&at| hay[at..].starts_with(&needle));
        assert_eq!(find_plain(&hay, &needle, init), expected);
        assert!(!has_specials(&needle));
    }

    #[test]
    fn sorting_sorts(items in prop::collection::vec(any::<i8>(), 0..200)) {
        let items: Vec<i64> = items.into_iter().map(i64::from).collect();
        let mut expected = items.clone();
        expected.sort_unstable();
        let n = items.len() as i64;
        let mut target = Items { items, slots: [None; SLOTS], left: u32::MAX, order: |a, b| a < b };
        assert_eq!(sort(&mut target, n), Ok(()));
        assert_eq!(target.items, expected);
    }

    #[test]
    fn no_order_breaks_the_sort(items in prop::collection::vec(any::<i8>(), 0..100), salt in any::<u64>()) {
        let items: Vec<i64> = items.into_iter().map(i64::from).collect();
        let n = items.len() as i64;
        let order = |a: Option<i64>, b: Option<i64>| {
            let (a, b) = (a.unwrap_or(500) as u64, b.unwrap_or(600) as u64);
            (a.wrapping_mul(31).wrapping_add(b) ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1
        };
        let mut target = Items { items, slots: [None; SLOTS], left: 20_000, order };
        let _ = sort(&mut target, n);
    }

    #[test]
    fn days_follow_each_other(day in -10_000_000..10_000_000_i64, second in 0..86_400_i64, offset in -50_000..50_000_i32) {
        let time = day * 86_400 + second;
        let civil = Civil::from_time(time, offset).expect("a year that fits");
        assert_eq!(civil.to_time(offset), Some(time));
        assert_eq!(Civil { day: civil.day + 1, ..civil }.to_time(offset), Some(time + 86_400));
        let next = Civil::from_time(time + 86_400, offset).expect("a year that fits");
        assert_eq!(next.weekday, civil.weekday % 7 + 1);
        if next.year == civil.year {
            assert_eq!(next.year_day, civil.year_day + 1);
        } else {
            assert_eq!((next.month, next.day, next.year_day), (1, 1, 1));
        }
    }

    #[test]
    fn any_date_is_shown(
        fields in any::<[i64; 8]>(),
        format in prop::collection::vec(prop_oneof![Just(b'%'), any::<u8>()], 0..20),
        offset_seconds in any::<i32>(),
    ) {
        let [year, month, day, hour, minute, second, weekday, year_day] = fields;
        let civil = Civil { year, month, day, hour, minute, second, weekday, year_day };
        let zone = Zone { offset_seconds, ..Zone::UTC };
        let mut out = Vec::new();
        write_date(&mut out, &format, &civil, &zone);
        let _ = civil.to_time(offset_seconds);
        let _ = Civil::from_time(year, offset_seconds);
    }

    #[test]
    fn chunk_names_are_bounded(source in texts(), times in 1..10_usize, size in any::<usize>()) {
        let source = source.repeat(times);
        for size in [ID_SIZE, SYNTAX_ID_SIZE] {
            let mut out = Vec::new();
            write_chunk_id(&mut out, &source, size);
            prop_assert!(out.len() < size);
        }
        write_chunk_id(&mut Vec::new(), &source, size);
    }
}
