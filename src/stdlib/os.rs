//! The library `os`, after PUC's `loslib.c`.
//!
//! What C's library would ask libc for comes from elsewhere: calendar, time zone and processor time from the
//! kernel.
#![forbid(unsafe_code)]

use std::process;

use super::io::{c_string, flush_all, push_result, to_path};
use crate::kernel::date::{self, Civil, Zone};
use crate::kernel::meter::UNITS_PER_SYSTEM_CALL;
use crate::system::clock;
use crate::system::files::{create_temporary, remove, run};
use crate::system::time::{now, with_seconds};
use crate::system::zone::{Local, TimeZone};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw};

const FUNCTIONS: [(&str, NativeFn); 11] = [
    ("clock", os_clock),
    ("date", os_date),
    ("difftime", os_difftime),
    ("execute", os_execute),
    ("exit", os_exit),
    ("getenv", os_getenv),
    ("remove", os_remove),
    ("rename", os_rename),
    ("setlocale", os_setlocale),
    ("time", os_time),
    ("tmpname", os_tmpname),
];

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    super::register(ctx, Some("os"), &FUNCTIONS)
}

// Processes and files.

fn os_execute(ctx: &mut Ctx<'_>) -> NativeResult {
    let status = if ctx.opt_string(1)? {
        let watch = ctx.meter().watch();
        run(ctx.bytes(1), &watch)
    } else {
        // There is a shell.
        1
    };
    // What was waited for counts.
    ctx.meter().look()?;
    ctx.push_number(status.into())?;
    Ok(1)
}

fn os_exit(ctx: &mut Ctx<'_>) -> NativeResult {
    let code = ctx.opt_int(1, 0)?;
    // Like C's `exit`: no finalizer of the program runs, but files are flushed.
    flush_all(ctx)?;
    ctx.report_profile_at_exit();
    process::exit(code)
}

fn os_getenv(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    match std::env::var_os(to_path(ctx.bytes(1))) {
        Some(value) => ctx.push_bytes(value.as_encoded_bytes())?,
        None => ctx.push_nil()?,
    }
    Ok(1)
}

fn os_remove(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.meter().charge(UNITS_PER_SYSTEM_CALL)?;
    ctx.check_string(1)?;
    let name = ctx.bytes(1).to_vec();
    push_result(ctx, remove(&name), Some(&name))
}

fn os_rename(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.meter().charge(UNITS_PER_SYSTEM_CALL)?;
    ctx.check_string(1)?;
    ctx.check_string(2)?;
    let name = ctx.bytes(1).to_vec();
    let result = std::fs::rename(to_path(&name), to_path(ctx.bytes(2)));
    push_result(ctx, result, Some(&name))
}

fn os_tmpname(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.meter().charge(UNITS_PER_SYSTEM_CALL)?;
    match create_temporary() {
        Ok((_, path)) => ctx.push_bytes(path.as_os_str().as_encoded_bytes())?,
        Err(_) => return Err(ctx.error("unable to generate a unique filename")),
    }
    Ok(1)
}

fn os_setlocale(ctx: &mut Ctx<'_>) -> NativeResult {
    const CATEGORIES: [&str; 6] = ["all", "collate", "ctype", "monetary", "numeric", "time"];
    let given = ctx.opt_string(1)?;
    ctx.check_option(2, Some("all"), &CATEGORIES)?;
    // There is one locale.
    if !given || matches!(c_string(ctx.bytes(1)), b"" | b"C" | b"POSIX") {
        ctx.push_bytes(b"C")?;
    } else {
        ctx.push_nil()?;
    }
    Ok(1)
}

// Times and dates.

fn os_clock(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.meter().charge(UNITS_PER_SYSTEM_CALL)?;
    ctx.push_number(clock::processor_seconds())?;
    Ok(1)
}

fn os_date(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.meter().charge(UNITS_PER_SYSTEM_CALL)?;
    let format = if ctx.opt_string(1)? { ctx.bytes(1).to_vec() } else { b"%c".to_vec() };
    let time = if ctx.is_none_or_nil(2) { now() } else { ctx.check_integer(2)? };
    let format = c_string(&format);
    let (format, local) = match format.strip_prefix(b"!") {
        Some(format) => (format, Local::utc()),
        None => (format, TimeZone::current().at(time)),
    };
    let zone = Zone { offset_seconds: local.offset, abbreviation: &local.name, is_dst: local.is_dst };
    let Some(civil) = Civil::from_time(time, local.offset) else {
        ctx.push_nil()?;
        return Ok(1);
    };
    if format != b"*t" {
        let mut buffer = ctx.take_buffer();
        let format = with_seconds(format, &civil, local.is_dst);
        date::write_date(&mut buffer, &format, &civil, &zone, ctx.meter())?;
        ctx.push_buffer(buffer)?;
        return Ok(1);
    }
    ctx.new_table(0, 9)?;
    let table = ctx.top();
    let fields = [
        ("sec", civil.second),
        ("min", civil.minute),
        ("hour", civil.hour),
        ("day", civil.day),
        ("month", civil.month),
        ("year", civil.year),
        ("wday", civil.weekday),
        ("yday", civil.year_day),
    ];
    for (name, value) in fields {
        ctx.push_number(value as f64)?;
        ctx.raw_set_field(table, name)?;
    }
    ctx.push_boolean(local.is_dst)?;
    ctx.raw_set_field(table, "isdst")?;
    Ok(1)
}

/// An integer field of the table in the argument 1, as C's `int`.
fn date_field(ctx: &mut Ctx<'_>, name: &str, default: Option<i32>) -> Result<i32, Throw> {
    ctx.field(1, name)?;
    let index = ctx.top();
    let value = match (ctx.coerce_number(index)?, default) {
        (Some(_), _) => ctx.check_int(index)?,
        (None, Some(default)) => default,
        (None, None) => {
            return Err(ctx.error(format!("field '{name}' missing in date table")));
        }
    };
    ctx.drop_top(1);
    Ok(value)
}

fn os_time(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.meter().charge(UNITS_PER_SYSTEM_CALL)?;
    let time = if ctx.is_none_or_nil(1) {
        Some(now())
    } else {
        ctx.check_table(1)?;
        ctx.set_top(1)?;
        let second = date_field(ctx, "sec", Some(0))?;
        let minute = date_field(ctx, "min", Some(0))?;
        let hour = date_field(ctx, "hour", Some(12))?;
        let day = date_field(ctx, "day", None)?;
        let month = date_field(ctx, "month", None)?;
        let year = date_field(ctx, "year", None)?;
        ctx.field(1, "isdst")?;
        let index = ctx.top();
        let is_dst = (!ctx.is_none_or_nil(index)).then(|| ctx.to_boolean(index));
        let civil = Civil::from_fields(year, month, day, hour, minute, second);
        TimeZone::current().time_of(&civil, is_dst)
    };
    // C's "no such time" looks like the second before 1970.
    match time.filter(|&time| time != -1) {
        Some(time) => ctx.push_number(time as f64)?,
        None => ctx.push_nil()?,
    }
    Ok(1)
}

fn os_difftime(ctx: &mut Ctx<'_>) -> NativeResult {
    // C evaluates its arguments from the right.
    let start = ctx.opt_integer(2, 0)?;
    let end = ctx.check_integer(1)?;
    ctx.push_number((i128::from(end) - i128::from(start)) as f64)?;
    Ok(1)
}
