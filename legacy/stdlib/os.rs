//! The operating system (§5.8).

use super::super::handle::TableHandle;
use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn};
use super::super::value::Value;
use super::{new_library, push_result};
use crate::kernel::date::{self, Civil, Zone};
use crate::kernel::text::c_string;
use crate::system::files::{create_temporary, remove, run};
use crate::system::time::{now, with_seconds};
use crate::system::zone::{Local, TimeZone};
use crate::system::{clock, to_path};

const FUNCTIONS: &[(&str, CFunction)] = &[
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
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    new_library(ctx, "os", FUNCTIONS).map(|_| ())
}

/// §5.8 `os.clock ()`.
fn os_clock(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    ctx.push_number(clock::processor_seconds());
    Ok(NativeReturn::Results)
}

/// §5.8 `os.getenv (varname)`.
fn os_getenv(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let name = ctx.check_string(1)?;
    match std::env::var_os(to_path(&name)) {
        Some(value) => ctx.push_bytes(value.as_encoded_bytes())?,
        None => ctx.push(Value::Nil),
    }
    Ok(NativeReturn::Results)
}

/// §5.8 `os.execute ([command])`.
fn os_execute(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let command = ctx.opt_string(1)?;
    // Without a command the question is whether there is a shell.
    let watch = ctx.vm.watch();
    ctx.push_number(command.map_or(1, |command| run(&command, &watch)).into());
    Ok(NativeReturn::Results)
}

/// §5.8 `os.exit ([code])`.
fn os_exit(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let code = ctx.opt_int(1, 0)?;
    ctx.vm.output().send();
    std::process::exit(code)
}

/// §5.8 `os.remove (filename)`.
fn os_remove(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let name = ctx.check_string(1)?;
    push_result(ctx, remove(&name), Some(&name))
}

/// §5.8 `os.rename (oldname, newname)`.
fn os_rename(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (old, new) = (ctx.check_string(1)?, ctx.check_string(2)?);
    push_result(ctx, std::fs::rename(to_path(&old), to_path(&new)), Some(&old))
}

/// §5.8 `os.setlocale (locale [, category])`.
fn os_setlocale(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    const CATEGORIES: [&str; 6] = ["all", "collate", "ctype", "monetary", "numeric", "time"];
    let locale = ctx.opt_string(1)?;
    ctx.check_option(2, "all", &CATEGORIES)?;
    // There is one locale.
    match locale.as_deref().map(c_string) {
        None | Some(b"" | b"C" | b"POSIX") => ctx.push_bytes(b"C")?,
        Some(_) => ctx.push(Value::Nil),
    }
    Ok(NativeReturn::Results)
}

/// §5.8 `os.tmpname ()`.
fn os_tmpname(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    match create_temporary() {
        Ok((_, path)) => ctx.push_bytes(path.as_os_str().as_encoded_bytes())?,
        Err(_) => return Err(ctx.error("unable to generate a unique filename")),
    }
    Ok(NativeReturn::Results)
}

/// §5.8 `os.difftime (t2, t1)`.
fn os_difftime(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    // C evaluates its arguments from the right.
    let start = ctx.opt_integer(2, 0)?;
    let end = ctx.check_integer(1)?;
    ctx.push_number((i128::from(end) - i128::from(start)) as f64);
    Ok(NativeReturn::Results)
}

/// §5.8 `os.date ([format [, time]])`.
fn os_date(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let format = ctx.opt_string(1)?;
    let format = format.as_deref().unwrap_or(b"%c");
    let time = if ctx.is_none_or_nil(2) { now() } else { ctx.check_integer(2)? };
    let format = c_string(format);
    let (format, local) = match format.strip_prefix(b"!") {
        Some(format) => (format, Local::utc()),
        None => (format, TimeZone::current().at(time)),
    };
    let Some(civil) = Civil::from_time(time, local.offset) else {
        ctx.push(Value::Nil);
        return Ok(NativeReturn::Results);
    };
    if format == b"*t" {
        let table = date_table(ctx, &civil, &local)?;
        ctx.push(Value::Table(table));
        return Ok(NativeReturn::Results);
    }
    let zone = Zone { offset_seconds: local.offset, abbreviation: &local.name, is_dst: local.is_dst };
    let mut text = Vec::new();
    let format = with_seconds(format, &civil, local.is_dst);
    ctx.vm.pay(|meter| date::write_date(&mut text, &format, &civil, &zone, meter))?;
    ctx.push_bytes(&text)?;
    Ok(NativeReturn::Results)
}

/// The table of `*t`.
fn date_table(ctx: &mut ExecutionContext<'_>, civil: &Civil, local: &Local) -> Result<TableHandle, Failure> {
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
    let table = ctx.transaction().create_table()?;
    for (name, value) in fields {
        ctx.raw_set_field(table, name, Value::Number(value as f64))?;
    }
    ctx.raw_set_field(table, "isdst", Value::Boolean(local.is_dst))?;
    Ok(table)
}

/// A field of the table in the argument 1, with metamethods.
fn field(ctx: &mut ExecutionContext<'_>, name: &str) -> Result<Value, Failure> {
    let key = ctx.string(name.as_bytes())?;
    ctx.vm.index(ctx.arg(1), key)
}

/// An integer field of the table in the argument 1, as C's `int`.
fn date_field(ctx: &mut ExecutionContext<'_>, name: &str, default: Option<i32>) -> Result<i32, Failure> {
    let value = field(ctx, name)?;
    match (ctx.to_number(value)?, default) {
        (Some(number), _) => Ok(super::super::native::to_integer(number) as i32),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(ctx.error(format!("field '{name}' missing in date table"))),
    }
}

/// §5.8 `os.time ([table])`.
fn os_time(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let time = if ctx.is_none_or_nil(1) {
        Some(now())
    } else {
        ctx.check_table(1)?;
        let second = date_field(ctx, "sec", Some(0))?;
        let minute = date_field(ctx, "min", Some(0))?;
        let hour = date_field(ctx, "hour", Some(12))?;
        let day = date_field(ctx, "day", None)?;
        let month = date_field(ctx, "month", None)?;
        let year = date_field(ctx, "year", None)?;
        let is_dst = field(ctx, "isdst")?;
        let is_dst = (!is_dst.is_nil()).then(|| is_dst.to_boolean());
        let civil = Civil::from_fields(year, month, day, hour, minute, second);
        TimeZone::current().time_of(&civil, is_dst)
    };
    // C's "no such time" looks like the second before 1970.
    match time.filter(|&time| time != -1) {
        Some(time) => ctx.push_number(time as f64),
        None => ctx.push(Value::Nil),
    }
    Ok(NativeReturn::Results)
}
