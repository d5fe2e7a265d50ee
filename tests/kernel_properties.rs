//! Properties of the pure kernels, each against a model that is slow and plain.

mod support;

use ferrous::kernel::chunk_id::{ID_SIZE, SYNTAX_ID_SIZE, write_chunk_id};
use ferrous::kernel::date::{Civil, Zone, write_date};
use ferrous::kernel::format::parse_spec;
use ferrous::kernel::meter::Meter;
use ferrous::kernel::number::{parse_number, parse_with_base, write_number};
use ferrous::kernel::pattern::{MatchError, find_plain, has_specials};
use ferrous::kernel::replace::replace_all;
use ferrous::kernel::sort::{SLOTS, Slot, SortTarget, sort};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use support::choices::Choices;
use support::formats::{Conversion, format_number};
use support::patterns::{Pattern, random_subject, random_text};

fn shown(n: f64) -> String {
    let mut out = Vec::new();
    write_number(&mut out, n);
    String::from_utf8(out).expect("numbers are ASCII")
}

fn formatted(spec: &str, n: f64) -> String {
    String::from_utf8(format_number(spec, n)).expect("numbers are ASCII")
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

/// What the support's generators draw from.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..60)
}

/// Something to search, and a pattern.
fn searches() -> impl Strategy<Value = (Vec<u8>, Pattern)> {
    bytes().prop_map(|bytes| {
        let mut choices = Choices::of(&bytes);
        (random_subject(&mut choices), Pattern::random(&mut choices))
    })
}

fn subjects() -> impl Strategy<Value = Vec<u8>> {
    bytes().prop_map(|bytes| random_subject(&mut Choices::of(&bytes)))
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    bytes().prop_map(|bytes| random_text(&mut Choices::of(&bytes)))
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
            assert_eq!(shown(n), Conversion::general(14).number(n));
        }
        let back = parse_number(shown(n).as_bytes()).expect("a number");
        assert_eq!(shown(back), shown(n));
    }

    #[test]
    fn numbers_are_formatted_as_the_standard_says(bytes in bytes(), n in numbers()) {
        support::formats::check_number(&Conversion::random(&mut Choices::of(&bytes), b"diouxXeEfgGc"), n);
    }

    #[test]
    fn strings_are_formatted_as_the_standard_says(bytes in bytes(), s in texts(), times in 0..20_usize) {
        support::formats::check_string(&Conversion::random(&mut Choices::of(&bytes), b"sq"), &s.repeat(times));
    }

    #[test]
    fn any_specification_is_taken_or_refused(fmt in texts(), n in numbers(), s in texts()) {
        if let Ok((spec, used)) = parse_spec(&fmt) {
            prop_assert!(used <= fmt.len());
            let mut out = Vec::new();
            spec.write_number(&mut out, n);
            spec.write_string(&mut Meter::default(), &mut out, &s).expect("no limit");
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
    fn patterns_match_as_the_model_does((src, pattern) in searches()) {
        support::patterns::check_search(&src, &pattern);
    }

    #[test]
    fn any_pattern_ends(src in subjects(), pat in texts(), repl in texts(), steps in 0..2000_u64) {
        let mut out = Vec::new();
        let mut meter = Meter::with_fuel(steps);
        match replace_all(&mut out, &mut meter, &src, &pat, &repl, usize::MAX) {
            Ok(count) => prop_assert!(count <= src.len() + 1),
            Err(MatchError::Interrupted) => prop_assert_eq!(meter.fuel(), Some(0)),
            Err(_) => {}
        }
    }

    #[test]
    fn gmatch_and_gsub_see_the_matches_of_the_model((src, pattern) in searches()) {
        support::patterns::check_all_matches(&src, &pattern);
    }

    #[test]
    fn plain_search_is_windows(hay in prop::collection::vec(0..3_u8, 0..100), needle in prop::collection::vec(0..3_u8, 0..5), init in 0..110_usize) {
        let expected = (init..=hay.len()).find(|&at| hay[at..].starts_with(&needle));
        assert_eq!(find_plain(&mut Meter::default(), &hay, &needle, init), Ok(expected));
        assert_eq!(has_specials(&mut Meter::default(), &needle), Ok(false));
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
        write_date(&mut out, &format, &civil, &zone, &mut Meter::default()).expect("without limits");
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
