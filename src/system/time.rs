//! The time of day, and what a date's format needs of the local time zone.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use super::zone::TimeZone;
use crate::kernel::date::Civil;
use crate::kernel::number;

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs() as i64,
        Err(before) => -(before.duration().as_secs_f64().ceil() as i64),
    }
}

/// A format in which `%s` is replaced: in glibc it is what `mktime` makes of the fields, local time also if they are not.
pub(crate) fn with_seconds<'a>(format: &'a [u8], civil: &Civil, is_dst: bool) -> Cow<'a, [u8]> {
    if memchr::memmem::find(format, b"%s").is_none() {
        return Cow::Borrowed(format);
    }
    let mut replaced = Vec::new();
    let mut rest = format;
    while let [first, tail @ ..] = rest {
        rest = match tail {
            [b's', tail @ ..] if *first == b'%' => {
                let time = TimeZone::current().time_of(civil, Some(is_dst));
                number::write_i64(&mut replaced, time.unwrap_or(-1));
                tail
            }
            [conversion, tail @ ..] if *first == b'%' => {
                replaced.extend_from_slice(&[b'%', *conversion]);
                tail
            }
            _ => {
                replaced.push(*first);
                tail
            }
        };
    }
    Cow::Owned(replaced)
}
