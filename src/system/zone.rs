//! Local time: the zone that `TZ` or `/etc/localtime` names, read without libc.
//!
//! A zone is a list of past changes (a TZif file, RFC 8536) and a rule for what comes after them (a POSIX `TZ` string).
//! Whatever can't be read is UTC, as in glibc.
//!
//! Invariant: the changes are in ascending order, and each refers to a type that exists.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::kernel::date::Civil;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What applies at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Local {
    /// Seconds east of Greenwich.
    pub(crate) offset: i32,
    pub(crate) is_dst: bool,
    /// What `%Z` shows.
    pub(crate) name: Vec<u8>,
}

impl Local {
    fn new(offset: i32, is_dst: bool, name: &[u8]) -> Self {
        Local { offset, is_dst, name: name.to_vec() }
    }

    /// What `os.date("!...")` shows.
    pub(crate) fn utc() -> Self {
        Local::new(0, false, b"GMT")
    }
}

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeZone {
    /// When a type begins to apply.
    changes: Vec<(i64, usize)>,
    types: Vec<Local>,
    /// What applies after the last change.
    rule: Option<Rule>,
}

/// The zone in use, and the variable that named it.
static CURRENT: Mutex<Option<(Option<OsString>, Arc<TimeZone>)>> = Mutex::new(None);

impl TimeZone {
    /// The zone that the environment names now.
    pub(crate) fn current() -> Arc<TimeZone> {
        let variable = std::env::var_os("TZ");
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, zone)) = &*current
            && *known == variable
        {
            return Arc::clone(zone);
        }
        let zone = match &variable {
            Some(name) => TimeZone::named(name.as_encoded_bytes()),
            None => TimeZone::from_file(Path::new("/etc/localtime")),
        };
        let zone = Arc::new(zone.unwrap_or_else(|| TimeZone::fixed(Local::new(0, false, b"UTC"))));
        *current = Some((variable, Arc::clone(&zone)));
        zone
    }

    fn fixed(local: Local) -> TimeZone {
        TimeZone { changes: Vec::new(), types: vec![local], rule: None }
    }

    /// The zone a value of `TZ` means: a file's name, or else a rule.
    fn named(name: &[u8]) -> Option<TimeZone> {
        let name = name.strip_prefix(b":").unwrap_or(name);
        if name.is_empty() {
            return None;
        }
        let path = PathBuf::from(String::from_utf8_lossy(name).into_owned());
        let file = if path.is_absolute() {
            TimeZone::from_file(&path)
        } else {
            TimeZone::from_file(&Path::new("/usr/share/zoneinfo").join(path))
        };
        file.or_else(|| {
            let Some(rule) = Rule::parse(name) else {
                // To glibc it is UTC under another name.
                return Some(TimeZone::fixed(Local::new(0, false, RuleParser(name).name()?)));
            };
            Some(TimeZone { changes: Vec::new(), types: vec![rule.standard.clone()], rule: Some(rule) })
        })
    }

    fn from_file(path: &Path) -> Option<TimeZone> {
        TimeZone::parse(&std::fs::read(path).ok()?)
    }

    /// Reads a TZif file.
    fn parse(bytes: &[u8]) -> Option<TimeZone> {
        let mut reader = Reader(bytes);
        let mut header = Header::read(&mut reader)?;
        let mut wide = false;
        if header.version >= b'2' {
            // The same data follow with 64-bit times.
            reader.take(header.size(4)?)?;
            header = Header::read(&mut reader)?;
            wide = true;
        }
        let mut times = Vec::new();
        for _ in 0..header.times {
            times.push(if wide { reader.i64()? } else { reader.i32()?.into() });
        }
        let indices = reader.take(header.times)?;
        let records = reader.take(header.types.checked_mul(6)?)?;
        let names = reader.take(header.chars)?;
        let mut types = Vec::new();
        for record in records.as_chunks::<6>().0 {
            let [a, b, c, d, is_dst, name] = *record;
            let name = names.get(usize::from(name)..)?;
            let end = memchr::memchr(0, name).unwrap_or(name.len());
            types.push(Local::new(i32::from_be_bytes([a, b, c, d]), is_dst != 0, &name[..end]));
        }
        let changes: Vec<(i64, usize)> =
            times.into_iter().zip(indices.iter().map(|&index| usize::from(index))).collect();
        let sorted = changes.is_sorted_by_key(|&(time, _)| time);
        if !sorted || types.is_empty() || changes.iter().any(|&(_, index)| index >= types.len()) {
            return None;
        }
        let mut rule = None;
        if wide {
            reader.take(header.leaps.checked_mul(12)?.checked_add(header.flags)?)?;
            if let Some(line) = reader.0.strip_prefix(b"\n") {
                let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
                rule = Rule::parse(&line[..end]);
            }
        }
        Some(TimeZone { changes, types, rule })
    }

    /// What applies at a time.
    pub(crate) fn at(&self, time: i64) -> Local {
        self.find(time).clone()
    }

    fn find(&self, time: i64) -> &Local {
        let next = self.changes.partition_point(|&(change, _)| change <= time);
        match (&self.rule, next.checked_sub(1)) {
            (Some(rule), _) if next == self.changes.len() => rule.at(time),
            (_, Some(last)) => &self.types[self.changes[last].1],
            (_, None) => {
                // Before all changes the first standard time applies.
                self.types.iter().find(|local| !local.is_dst).unwrap_or(&self.types[0])
            }
        }
    }

    /// C's `mktime`: the time at which the calendar shows `civil`, as daylight saving time or not if that is known.
    ///
    /// Which time is meant in an hour that is there twice, or not at all, follows from the way glibc looks for it
    /// in a process that has not called `mktime` before; that is why this is just the same.
    pub(crate) fn time_of(&self, civil: &Civil, is_dst: Option<bool>) -> Option<i64> {
        const PROBES: usize = 6;
        let utc = civil.to_time(0)?;
        let mut time = utc;
        let mut before = (utc, false);
        let mut long_before = utc;
        for _ in 0..PROBES {
            let local = self.find(time);
            let next = utc.checked_sub(local.offset.into())?;
            if next == time {
                let time = match is_dst {
                    Some(wanted) if wanted != local.is_dst => self.as_if(utc, time, wanted)?,
                    _ => time,
                };
                return Civil::from_time(time, self.find(time).offset).map(|_| time);
            }
            // It goes to and fro: there is no such hour.
            let circling = time == long_before && time != before.0;
            if circling && is_dst.map_or(local.is_dst || !before.1, |wanted| wanted != local.is_dst) {
                return Some(time);
            }
            long_before = before.0;
            before = (time, local.is_dst);
            time = next;
        }
        None
    }

    /// The time at which a clock shows what it shows in UTC at `utc`, if daylight saving time is as wanted, which it is
    /// not at `time`.
    fn as_if(&self, utc: i64, time: i64, is_dst: bool) -> Option<i64> {
        match self.nearest(time, is_dst) {
            Some(local) => utc.checked_sub(local.offset.into()),
            // Where there is none, daylight saving time is an hour ahead.
            None => time.checked_add(if is_dst { -HOUR } else { HOUR }),
        }
    }

    /// The nearest daylight saving (or standard) time, if there is one within a generation.
    fn nearest(&self, time: i64, is_dst: bool) -> Option<&Local> {
        // glibc's numbers: shorter than any period of daylight saving time there was, and as far as it looks.
        const STEP: i64 = 601_200;
        const LIMIT: i64 = 536_454_000 / 2 / STEP + 1;
        for step in 1..=LIMIT {
            for direction in [-1, 1] {
                let local = self.find(time.saturating_add(direction * step * STEP));
                if local.is_dst == is_dst {
                    return Some(local);
                }
            }
        }
        None
    }
}

/// The counts at the head of TZif data.
struct Header {
    version: u8,
    flags: usize,
    leaps: usize,
    times: usize,
    types: usize,
    chars: usize,
}

impl Header {
    fn read(reader: &mut Reader<'_>) -> Option<Header> {
        if reader.take(4)? != b"TZif" {
            return None;
        }
        let version = reader.take(1)?[0];
        reader.take(15)?;
        let mut count = || reader.i32().and_then(|count| usize::try_from(count).ok());
        let (is_utc, is_standard) = (count()?, count()?);
        Some(Header {
            version,
            flags: is_utc.checked_add(is_standard)?,
            leaps: count()?,
            times: count()?,
            types: count()?,
            chars: count()?,
        })
    }

    /// Bytes of the data, with times of a width.
    fn size(&self, width: usize) -> Option<usize> {
        let times = self.times.checked_mul(width + 1)?;
        let types = self.types.checked_mul(6)?;
        let leaps = self.leaps.checked_mul(width + 4)?;
        times.checked_add(types)?.checked_add(leaps)?.checked_add(self.chars)?.checked_add(self.flags)
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn i32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn i64(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }
}

/// A POSIX `TZ` string: `std offset [dst [offset] [,start[/time],end[/time]]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    standard: Local,
    /// Daylight saving time, its beginning and its end.
    daylight: Option<(Local, Switch, Switch)>,
}

/// A day of the year and a time of that day, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Switch {
    day: SwitchDay,
    time: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SwitchDay {
    /// `Jn`: from 1, without the leap day.
    Julian(i64),
    /// `n`: from 0, with it.
    YearDay(i64),
    /// `Mm.w.d`: month, week (5 is the last), weekday from Sunday.
    Month(i64, i64, i64),
}

impl Rule {
    fn parse(text: &[u8]) -> Option<Rule> {
        let mut parser = RuleParser(text);
        let name = parser.name()?;
        let offset = -parser.time()?;
        let standard = Local::new(i32::try_from(offset).ok()?, false, name);
        if parser.0.is_empty() {
            return Some(Rule { standard, daylight: None });
        }
        let name = parser.name()?;
        let offset = match parser.0.first() {
            None | Some(b',') => offset + HOUR,
            Some(_) => -parser.time()?,
        };
        let daylight = Local::new(i32::try_from(offset).ok()?, true, name);
        let (start, end) = if parser.0.is_empty() {
            // What POSIX leaves open is the law of the United States, to glibc.
            let switch = |month, week| Switch { day: SwitchDay::Month(month, week, 0), time: 2 * HOUR };
            (switch(3, 2), switch(11, 1))
        } else {
            (parser.switch()?, parser.switch()?)
        };
        parser.0.is_empty().then_some(Rule { standard, daylight: Some((daylight, start, end)) })
    }

    fn at(&self, time: i64) -> &Local {
        let Some((daylight, start, end)) = &self.daylight else { return &self.standard };
        let offset = self.standard.offset;
        let Some(civil) = Civil::from_time(time, offset) else { return &self.standard };
        let start = start.moment(civil.year, offset);
        let end = end.moment(civil.year, daylight.offset);
        let (Some(start), Some(end)) = (start, end) else { return &self.standard };
        // In the south daylight saving time spans the new year.
        let is_dst = if start <= end { (start..end).contains(&time) } else { !(end..start).contains(&time) };
        if is_dst { daylight } else { &self.standard }
    }
}

impl Switch {
    /// When it comes in a year, on a clock that is `offset` seconds ahead.
    fn moment(self, year: i64, offset: i32) -> Option<i64> {
        let midnight = |month, day| Civil { year, month, day, ..Civil::default() }.to_time(offset);
        let day = match self.day {
            SwitchDay::Julian(day) => {
                let leap = day >= 60 && midnight(2, 29)? != midnight(3, 1)?;
                midnight(1, day + i64::from(leap))?
            }
            SwitchDay::YearDay(day) => midnight(1, day + 1)?,
            SwitchDay::Month(month, week, weekday) => {
                let first = midnight(month, 1)?;
                let first_weekday = Civil::from_time(first, offset)?.weekday - 1;
                let day = (weekday - first_weekday).rem_euclid(7) + 7 * (week - 1);
                let days = (midnight(month + 1, 1)? - first) / DAY;
                first + if day >= days { day - 7 } else { day } * DAY
            }
        };
        Some(day + self.time)
    }
}

struct RuleParser<'a>(&'a [u8]);

impl<'a> RuleParser<'a> {
    fn accept(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((&first, rest)) if first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|&byte| !wanted(byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// A zone's name: letters, or other characters between angle brackets.
    fn name(&mut self) -> Option<&'a [u8]> {
        let name = if self.accept(b'<') {
            let name = self.take_while(|byte| byte != b'>');
            if !self.accept(b'>') {
                return None;
            }
            name
        } else {
            self.take_while(|byte| byte.is_ascii_alphabetic())
        };
        (name.len() >= 3).then_some(name)
    }

    fn number(&mut self) -> Option<i64> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    fn time(&mut self) -> Option<i64> {
        let negative = self.accept(b'-');
        if !negative {
            self.accept(b'+');
        }
        let mut seconds = self.number()? * HOUR;
        if self.accept(b':') {
            seconds += self.number()? * 60;
            if self.accept(b':') {
                seconds += self.number()?;
            }
        }
        Some(if negative { -seconds } else { seconds })
    }

    fn switch(&mut self) -> Option<Switch> {
        if !self.accept(b',') {
            return None;
        }
        let day = if self.accept(b'M') {
            let month = self.number().filter(|month| (1..=12).contains(month))?;
            let week = self.accept(b'.').then(|| self.number())?;
            let week = week.filter(|week| (1..=5).contains(week))?;
            let weekday = self.accept(b'.').then(|| self.number())?;
            SwitchDay::Month(month, week, weekday.filter(|day| (0..=6).contains(day))?)
        } else if self.accept(b'J') {
            SwitchDay::Julian(self.number().filter(|day| (1..=365).contains(day))?)
        } else {
            SwitchDay::YearDay(self.number().filter(|day| (0..=365).contains(day))?)
        };
        let time = if self.accept(b'/') { self.time()? } else { 2 * HOUR };
        Some(Switch { day, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &[u8] = b"CET-1CEST,M3.5.0,M10.5.0/3";

    fn zone(text: &[u8]) -> TimeZone {
        let rule = Rule::parse(text).unwrap();
        TimeZone { changes: Vec::new(), types: vec![rule.standard.clone()], rule: Some(rule) }
    }

    #[test]
    fn rules_switch_at_their_moments() {
        let berlin = zone(BERLIN);
        // 2024-03-31 01:00 UTC and 2024-10-27 01:00 UTC.
        for (time, offset) in
            [(1_711_846_799, 3600), (1_711_846_800, 7200), (1_729_990_799, 7200), (1_729_990_800, 3600)]
        {
            assert_eq!(berlin.at(time).offset, offset, "{time}");
        }
        let sydney = zone(b"AEST-10AEDT,M10.1.0,M4.1.0/3");
        assert!(sydney.at(1_704_067_200).is_dst);
        assert!(!sydney.at(1_719_792_000).is_dst);
        assert_eq!(zone(b"<-03>3").at(0), Local::new(-10_800, false, b"-03"));
        for wrong in [&b"AB1"[..], b"ABC", b"ABC1DEF,M13.1.0,M1.1.0", b"ABC1DEF,M1.1.0", b"<ABC1"] {
            assert_eq!(Rule::parse(wrong), None);
        }
    }

    #[test]
    fn the_calendar_is_read_back() {
        let berlin = zone(BERLIN);
        let civil = Civil { year: 2024, month: 7, day: 1, hour: 12, ..Civil::default() };
        assert_eq!(berlin.time_of(&civil, None), Some(1_719_828_000));
        assert_eq!(berlin.time_of(&civil, Some(true)), Some(1_719_828_000));
        assert_eq!(berlin.time_of(&civil, Some(false)), Some(1_719_831_600));
    }

    #[test]
    fn broken_files_are_refused() {
        assert_eq!(TimeZone::parse(b""), None);
        assert_eq!(TimeZone::parse(b"TZif2"), None);
        let mut file = b"TZif".to_vec();
        file.resize(44, 0);
        assert_eq!(TimeZone::parse(&file), None);
        file[36..40].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        assert_eq!(TimeZone::parse(&file), None);
    }
}
