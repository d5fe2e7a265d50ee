//! Calendar arithmetic for `os.date` and `os.time`, without libc.
//!
//! The calendar is the proleptic Gregorian one, without leap seconds, as in glibc. What zone
//! applies at a moment is the caller's to know: he gives it as a [`Zone`].
//!
//! Invariant: a [`Civil`] made here has a year within glibc's `int tm_year` (counted from
//! 1900) and every other field in its range; [`write_date`] takes any values all the same.
#![forbid(unsafe_code)]

use super::decimal::write_u64;
use super::meter::{Meter, Stop};
use super::number::write_i64;

const DAY: i64 = 86_400;
/// What a conversion is paid for as: about the longest, `%c`.
const CONVERSION_BYTES: usize = 32;
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A time zone as it applies at the moment shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone<'a> {
    /// Seconds east of Greenwich.
    pub offset_seconds: i32,
    /// What `%Z` shows.
    pub abbreviation: &'a [u8],
    /// Whether it is daylight saving time.
    pub is_dst: bool,
}

impl Zone<'static> {
    /// What `os.date("!...")` shows.
    pub const UTC: Self = Self { offset_seconds: 0, abbreviation: b"GMT", is_dst: false };
}

/// A moment by the calendar, in the units Lua shows: months and days from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Civil {
    /// The year, 0 being 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
    /// 1 (Sunday) to 7.
    pub weekday: i64,
    /// 1 to 366.
    pub year_day: i64,
}

impl Civil {
    /// The moment that these fields of a table mean to `os.time`. C counts years from 1900 and months from 0, both in an `int`.
    pub(crate) fn from_fields(year: i32, month: i32, day: i32, hour: i32, minute: i32, second: i32) -> Civil {
        Civil {
            year: i64::from(year.wrapping_sub(1900)) + 1900,
            month: i64::from(month.wrapping_sub(1)) + 1,
            day: day.into(),
            hour: hour.into(),
            minute: minute.into(),
            second: second.into(),
            ..Civil::default()
        }
    }
}

/// Days from 1970-01-01 to the day; month 1 to 12, any year and day.
fn days_from_civil(year: i128, month: i128, day: i128) -> i128 {
    // Years begin in March, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of the day so many days after 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

impl Civil {
    /// The calendar's reading `offset_seconds` east of Greenwich at `time`, in seconds since
    /// 1970-01-01 00:00 UTC. `None` where glibc's `localtime` gives up: the year does not fit.
    #[must_use]
    pub fn from_time(time: i64, offset_seconds: i32) -> Option<Self> {
        let local = time.checked_add(offset_seconds.into())?;
        let days = local.div_euclid(DAY);
        let rest = local.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        i32::try_from(year - 1900).ok()?;
        let year_start = days_from_civil(year.into(), 1, 1);
        Some(Self {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7) + 1,
            year_day: (i128::from(days) - year_start) as i64 + 1,
        })
    }

    /// The time that the fields name, `offset_seconds` east of Greenwich, in seconds since
    /// 1970-01-01 00:00 UTC.
    ///
    /// As in `mktime` every field but the year may be out of its range (the 40th of a month,
    /// minute -1); weekday and day of the year are not looked at. `None` if the result's year
    /// does not fit, where `mktime` gives -1 and `os.time` nil.
    #[must_use]
    pub fn to_time(&self, offset_seconds: i32) -> Option<i64> {
        let month = i128::from(self.month) - 1;
        let year = i128::from(self.year) + month.div_euclid(12);
        let days = days_from_civil(year, month.rem_euclid(12) + 1, 1) + i128::from(self.day) - 1;
        let seconds = days * i128::from(DAY)
            + i128::from(self.hour) * 3600
            + i128::from(self.minute) * 60
            + i128::from(self.second)
            - i128::from(offset_seconds);
        let time = i64::try_from(seconds).ok()?;
        Self::from_time(time, offset_seconds)?;
        Some(time)
    }

    /// The same, but that arithmetic with the fields cannot overflow.
    fn clamped(&self) -> Self {
        let clamp = |field: i64| field.clamp(-(1 << 40), 1 << 40);
        Self {
            year: clamp(self.year),
            month: clamp(self.month),
            day: clamp(self.day),
            hour: clamp(self.hour),
            minute: clamp(self.minute),
            second: clamp(self.second),
            weekday: clamp(self.weekday),
            year_day: clamp(self.year_day),
        }
    }

    /// The ISO 8601 year and week.
    fn iso_week(&self) -> (i64, i64) {
        let weekday = (self.weekday + 5).rem_euclid(7);
        let day = self.year_day - 1;
        // The week belongs to the year that its Thursday is in.
        let week = (day - weekday + 10).div_euclid(7);
        if week < 1 {
            let year = self.year - 1;
            let days = 365 + i64::from(is_leap(year));
            (year, (day + days - weekday + 10).div_euclid(7))
        } else if day - weekday + 3 >= 365 + i64::from(is_leap(self.year)) {
            (self.year + 1, 1)
        } else {
            (self.year, week)
        }
    }

    fn hour_of_12(&self) -> i64 {
        match self.hour.rem_euclid(12) {
            0 => 12,
            hour => hour,
        }
    }
}

fn padded(out: &mut Vec<u8>, n: i64, width: usize, fill: u8) {
    let start = out.len();
    if n < 0 {
        out.push(b'-');
    }
    let sign = out.len();
    write_u64(out, n.unsigned_abs());
    let length = out.len() - start;
    if length < width {
        let end = out.len();
        let at = if fill == b'0' { sign } else { start };
        out.resize(end + width - length, fill);
        out.copy_within(at..end, at + width - length);
        out[at..at + width - length].fill(fill);
    }
}

fn name<'a>(names: &[&'a str], index: i64) -> &'a [u8] {
    usize::try_from(index).ok().and_then(|index| names.get(index)).map_or(b"?", |name| name.as_bytes())
}

/// Appends `format` as `os.date` does, which hands each conversion to `strftime` alone: in the C
/// locale, with glibc's conversions.
///
/// A conversion that glibc does not know stays as it is, and so does a `%` at the end. The format
/// ends at its first NUL. `%s` shows `civil` read in `zone`.
///
/// # Errors
/// The program has to end, says `meter`, which pays for each conversion and for what stands between them.
pub fn write_date(
    out: &mut Vec<u8>,
    format: &[u8],
    civil: &Civil,
    zone: &Zone<'_>,
    meter: &mut Meter,
) -> Result<(), Stop> {
    let civil = &civil.clamped();
    let mut rest = memchr::memchr(0, format).map_or(format, |end| &format[..end]);
    while let Some(at) = memchr::memchr(b'%', rest) {
        meter.append(out, &rest[..at])?;
        let Some(&conversion) = rest.get(at + 1) else {
            out.push(b'%');
            return Ok(());
        };
        meter.charge_bytes(CONVERSION_BYTES)?;
        write_conversion(out, conversion, civil, zone);
        rest = &rest[at + 2..];
    }
    meter.append(out, rest)
}

/// Appends several conversions with literal characters between them.
fn write_all(out: &mut Vec<u8>, format: &[u8], civil: &Civil, zone: &Zone<'_>) {
    for &byte in format {
        if byte.is_ascii_alphabetic() {
            write_conversion(out, byte, civil, zone);
        } else {
            out.push(byte);
        }
    }
}

fn write_conversion(out: &mut Vec<u8>, conversion: u8, civil: &Civil, zone: &Zone<'_>) {
    let weekday = civil.weekday - 1;
    let year_day = civil.year_day - 1;
    let afternoon = civil.hour >= 12;
    match conversion {
        b'a' => {
            let name = name(&WEEKDAYS, weekday);
            out.extend_from_slice(&name[..name.len().min(3)]);
        }
        b'A' => out.extend_from_slice(name(&WEEKDAYS, weekday)),
        b'b' | b'h' => {
            let name = name(&MONTHS, civil.month - 1);
            out.extend_from_slice(&name[..name.len().min(3)]);
        }
        b'B' => out.extend_from_slice(name(&MONTHS, civil.month - 1)),
        b'c' => write_all(out, b"a b e T Y", civil, zone),
        b'C' => write_i64(out, civil.year.div_euclid(100)),
        b'd' => padded(out, civil.day, 2, b'0'),
        b'D' | b'x' => write_all(out, b"m/d/y", civil, zone),
        b'e' => padded(out, civil.day, 2, b' '),
        b'F' => write_all(out, b"Y-m-d", civil, zone),
        b'g' => padded(out, civil.iso_week().0.rem_euclid(100), 2, b'0'),
        b'G' => write_i64(out, civil.iso_week().0),
        b'H' => padded(out, civil.hour, 2, b'0'),
        b'I' => padded(out, civil.hour_of_12(), 2, b'0'),
        b'j' => padded(out, civil.year_day, 3, b'0'),
        b'k' => padded(out, civil.hour, 2, b' '),
        b'l' => padded(out, civil.hour_of_12(), 2, b' '),
        b'm' => padded(out, civil.month, 2, b'0'),
        b'M' => padded(out, civil.minute, 2, b'0'),
        b'n' => out.push(b'\n'),
        b'p' => out.extend_from_slice(if afternoon { b"PM" } else { b"AM" }),
        b'P' => out.extend_from_slice(if afternoon { b"pm" } else { b"am" }),
        b'r' => write_all(out, b"I:M:S p", civil, zone),
        b'R' => write_all(out, b"H:M", civil, zone),
        b's' => match civil.to_time(zone.offset_seconds) {
            Some(time) => write_i64(out, time),
            None => out.extend_from_slice(b"-1"),
        },
        b'S' => padded(out, civil.second, 2, b'0'),
        b't' => out.push(b'\t'),
        b'T' | b'X' => write_all(out, b"H:M:S", civil, zone),
        b'u' => write_i64(out, if weekday == 0 { 7 } else { weekday }),
        b'U' => padded(out, (year_day - weekday + 7).div_euclid(7), 2, b'0'),
        b'V' => padded(out, civil.iso_week().1, 2, b'0'),
        b'w' => write_i64(out, weekday),
        b'W' => {
            let monday = (weekday + 6).rem_euclid(7);
            padded(out, (year_day - monday + 7).div_euclid(7), 2, b'0');
        }
        b'y' => padded(out, civil.year.rem_euclid(100), 2, b'0'),
        b'Y' => write_i64(out, civil.year),
        b'z' => {
            out.push(if zone.offset_seconds < 0 { b'-' } else { b'+' });
            let minutes = i64::from(zone.offset_seconds.unsigned_abs() / 60);
            padded(out, minutes / 60 * 100 + minutes % 60, 4, b'0');
        }
        b'Z' => out.extend_from_slice(zone.abbreviation),
        b'%' => out.push(b'%'),
        other => {
            // To glibc a digit is a width, which the text it gives back is padded to.
            if let digit @ b'3'..=b'9' = other {
                out.resize(out.len() + usize::from(digit - b'2'), b' ');
            }
            out.extend_from_slice(&[b'%', other]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: &str, time: i64) -> String {
        let civil = Civil::from_time(time, 0).unwrap();
        let mut out = Vec::new();
        write_date(&mut out, format.as_bytes(), &civil, &Zone::UTC, &mut Meter::default()).expect("without limits");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn conversions() {
        let all = "%a|%A|%b|%B|%c|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%n|%p|%P|%r|%R|\
                   %s|%S|%t|%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%";
        assert_eq!(
            shown(all, 951_782_405),
            "Tue|Tuesday|Feb|February|Tue Feb 29 00:00:05 2000|20|29|02/29/00|29|2000-02-29|00|\
             2000|Feb|00|12|060| 0|12|02|00|\n|AM|am|12:00:05 AM|00:00|951782405|05|\t|00:00:05|2|\
             09|09|2|09|02/29/00|00:00:05|00|2000|+0000|GMT|%"
        );
        assert_eq!(shown("%E%Q%3%9%", 0), "%E%Q %3       %9%");
        assert_eq!(shown("a\0b", 0), "a");
        assert_eq!(shown("%Y %C %y %G %F %D", -150_000_000_000), "-2784 -28 16 -2784 -2784-09-08 09/08/16");
        assert_eq!(shown("%Y %C %y %s", -62_167_219_201), "-1 -1 99 -62167219201");
    }

    #[test]
    fn zones() {
        let zone = Zone { offset_seconds: -12_600, abbreviation: b"NST", is_dst: false };
        let civil = Civil::from_time(0, zone.offset_seconds).unwrap();
        let mut out = Vec::new();
        write_date(&mut out, b"%z %Z %s", &civil, &zone, &mut Meter::default()).expect("without limits");
        assert_eq!(out, b"-0330 NST 0");
    }

    #[test]
    fn fields_are_normalised() {
        let civil = Civil { year: 2000, month: 14, day: -30, hour: 25, minute: -1, second: 3600, ..Civil::default() };
        let time = civil.to_time(0).unwrap();
        assert_eq!(shown("%F %T", time), "2001-01-02 01:59:00");
        let wild = Civil {
            year: i64::MAX,
            month: i64::MIN,
            day: i64::MAX,
            hour: i64::MIN,
            minute: i64::MAX,
            second: i64::MIN,
            ..Civil::default()
        };
        assert_eq!(wild.to_time(i32::MIN), None);
    }

    #[test]
    fn the_last_years() {
        assert!(Civil::from_time(67_768_036_191_676_799, 0).is_some());
        assert_eq!(Civil::from_time(67_768_036_191_676_800, 0), None);
        assert!(Civil::from_time(-67_768_040_609_740_800, 0).is_some());
        assert_eq!(Civil::from_time(-67_768_040_609_740_801, 0), None);
        assert_eq!(Civil::from_time(i64::MAX, 1), None);
        assert_eq!(Civil::from_time(i64::MIN, 0), None);
    }
}
