//! The library `debug`, after PUC's `ldblib.c`.
#![forbid(unsafe_code)]

use std::io::{BufRead as _, Write as _};

use super::{Room, output};
use crate::system::input;
use crate::vm::debug::{FunctionInfo, hook_mask};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

const FUNCTIONS: [(&str, NativeFn); 14] = [
    ("debug", debug),
    ("getfenv", getfenv),
    ("gethook", gethook),
    ("getinfo", getinfo),
    ("getlocal", getlocal),
    ("getregistry", getregistry),
    ("getmetatable", getmetatable),
    ("getupvalue", getupvalue),
    ("setfenv", setfenv),
    ("sethook", sethook),
    ("setlocal", setlocal),
    ("setmetatable", setmetatable),
    ("setupvalue", setupvalue),
    ("traceback", traceback),
];

/// Units for each frame that moves to code with or without hooks.
const UNITS_PER_FRAME: u64 = 16;

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    super::register(ctx, Some("debug"), &FUNCTIONS)
}

fn getregistry(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.push_registry()?;
    Ok(1)
}

fn getmetatable(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    if !ctx.get_metatable(1)? {
        ctx.push_nil()?;
    }
    Ok(1)
}

fn setmetatable(ctx: &mut Ctx<'_>) -> NativeResult {
    if !matches!(ctx.type_of(2), Type::Nil | Type::Table) {
        return Err(ctx.arg_error(2, "nil or table expected"));
    }
    ctx.set_top(2)?;
    ctx.set_metatable(1);
    ctx.push_boolean(true)?;
    Ok(1)
}

fn getfenv(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    ctx.get_fenv(1)?;
    Ok(1)
}

fn setfenv(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(2)?;
    ctx.set_top(2)?;
    if !ctx.set_fenv(1) {
        return Err(ctx.error("'setfenv' cannot change environment of given object"));
    }
    Ok(1)
}

/// The thread that is asked about, which may be given before the other arguments; and how many arguments it takes up.
fn thread_argument(ctx: &Ctx<'_>) -> (Option<usize>, usize) {
    if ctx.type_of(1) == Type::Thread { (Some(1), 1) } else { (None, 0) }
}

/// The argument as a level of the stack.
fn check_level(ctx: &mut Ctx<'_>, index: usize) -> Result<i64, Throw> {
    let level = ctx.check_int(index)?;
    super::charge_level(ctx, level)?;
    Ok(level.into())
}

fn getinfo(ctx: &mut Ctx<'_>) -> NativeResult {
    let (thread, arg) = thread_argument(ctx);
    let subject = arg + 1;
    let options = if ctx.opt_string(arg + 2)? { ctx.bytes(arg + 2).to_vec() } else { b"flnSu".to_vec() };
    let options = super::io::c_string(&options);
    let mut level = None;
    let info = if ctx.coerce_number(subject)?.is_some() {
        let number = check_level(ctx, subject)?;
        level = Some(number);
        let Some(info) = ctx.level_info(thread, number) else {
            ctx.push_nil()?;
            return Ok(1);
        };
        info
    } else if ctx.type_of(subject) == Type::Function {
        ctx.function_info(subject)
    } else {
        return Err(ctx.arg_error(subject, "function or level expected"));
    };
    // PUC takes any letters for the level of a tail call.
    if info.what != "tail" && options.iter().any(|option| !b"SlunLf".contains(option)) {
        return Err(ctx.arg_error(arg + 2, "invalid option"));
    }
    ctx.new_table(0, 2)?;
    let table = ctx.top();
    set_info(ctx, table, options, &info)?;
    let (lines, function) = (options.contains(&b'L'), options.contains(&b'f'));
    if lines || function {
        match level {
            Some(level) => {
                ctx.push_level_of(thread, level)?;
            }
            None => ctx.push_value(subject)?,
        }
        if lines {
            ctx.push_active_lines(table + 1)?;
            ctx.raw_set_field(table, "activelines")?;
        }
        if function {
            ctx.push_value(table + 1)?;
            ctx.raw_set_field(table, "func")?;
        }
        ctx.set_top(table)?;
    }
    Ok(1)
}

/// Sets the fields that are numbers and strings.
fn set_info(ctx: &mut Ctx<'_>, table: usize, options: &[u8], info: &FunctionInfo) -> Result<(), Throw> {
    let number = |ctx: &mut Ctx<'_>, name: &str, value: f64| {
        ctx.push_number(value)?;
        ctx.raw_set_field(table, name)
    };
    if options.contains(&b'S') {
        number(ctx, "linedefined", info.line_defined.into())?;
        number(ctx, "lastlinedefined", info.last_line_defined.into())?;
    }
    if options.contains(&b'l') {
        number(ctx, "currentline", info.current_line.into())?;
    }
    if options.contains(&b'u') {
        number(ctx, "nups", info.upvalues as f64)?;
    }
    let string = |ctx: &mut Ctx<'_>, name: &str, value: &[u8]| {
        ctx.push_bytes(value)?;
        ctx.raw_set_field(table, name)
    };
    if options.contains(&b'S') {
        // C's strings end at a NUL.
        string(ctx, "source", super::io::c_string(&info.source))?;
        string(ctx, "short_src", &info.short_src)?;
        string(ctx, "what", info.what.as_bytes())?;
    }
    if options.contains(&b'n') {
        if let Some(name) = &info.name {
            string(ctx, "name", name)?;
        }
        string(ctx, "namewhat", info.name_what.as_bytes())?;
    }
    Ok(())
}

/// The level in the argument, if there is such a level of the thread; else it is an error.
fn existing_level(ctx: &mut Ctx<'_>, thread: Option<usize>, index: usize) -> Result<i64, Throw> {
    let level = check_level(ctx, index)?;
    match ctx.level_info(thread, level) {
        Some(_) => Ok(level),
        None => Err(ctx.arg_error(index, "level out of range")),
    }
}

fn getlocal(ctx: &mut Ctx<'_>) -> NativeResult {
    let (thread, arg) = thread_argument(ctx);
    let level = existing_level(ctx, thread, arg + 1)?;
    let number = ctx.check_int(arg + 2)?;
    match ctx.push_local(thread, level, number)? {
        Some(name) => {
            ctx.push_bytes(&name)?;
            ctx.insert(ctx.top() - 1);
            Ok(2)
        }
        None => {
            ctx.push_nil()?;
            Ok(1)
        }
    }
}

fn setlocal(ctx: &mut Ctx<'_>) -> NativeResult {
    let (thread, arg) = thread_argument(ctx);
    let level = existing_level(ctx, thread, arg + 1)?;
    ctx.check_any(arg + 3)?;
    ctx.set_top(arg + 3)?;
    let number = ctx.check_int(arg + 2)?;
    match ctx.set_local(thread, level, number) {
        Some(name) => ctx.push_bytes(&name)?,
        None => ctx.push_nil()?,
    }
    Ok(1)
}

/// Checks the arguments of both functions for upvalues; the number, unless the function is a native one.
fn check_upvalue(ctx: &mut Ctx<'_>) -> Result<Option<i32>, Throw> {
    let number = ctx.check_int(2)?;
    ctx.check_type(1, Type::Function)?;
    Ok((!ctx.is_native(1)).then_some(number))
}

fn getupvalue(ctx: &mut Ctx<'_>) -> NativeResult {
    let Some(number) = check_upvalue(ctx)? else { return Ok(0) };
    let Some(name) = ctx.push_upvalue_of(1, number)? else { return Ok(0) };
    ctx.push_bytes(&name)?;
    ctx.insert(ctx.top() - 1);
    Ok(2)
}

fn setupvalue(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(3)?;
    let Some(number) = check_upvalue(ctx)? else { return Ok(0) };
    ctx.set_top(3)?;
    let Some(name) = ctx.set_upvalue_of(1, number) else { return Ok(0) };
    ctx.push_bytes(&name)?;
    Ok(1)
}

const EVENTS: [(u8, u8); 3] = [(b'c', hook_mask::CALL), (b'r', hook_mask::RETURN), (b'l', hook_mask::LINE)];

fn sethook(ctx: &mut Ctx<'_>) -> NativeResult {
    let (thread, arg) = thread_argument(ctx);
    if ctx.is_none_or_nil(arg + 1) {
        ctx.push_nil()?;
        let frames = ctx.depth() as u64;
        ctx.meter().charge(frames * UNITS_PER_FRAME)?;
        ctx.set_hook(thread, 0, 0);
        return Ok(0);
    }
    ctx.check_string(arg + 2)?;
    ctx.check_type(arg + 1, Type::Function)?;
    let count = ctx.opt_int(arg + 3, 0)?;
    let letters = super::io::c_string(ctx.bytes(arg + 2));
    let mut mask = if count > 0 { hook_mask::COUNT } else { 0 };
    for (letter, bit) in EVENTS {
        if letters.contains(&letter) {
            mask |= bit;
        }
    }
    ctx.push_value(arg + 1)?;
    // Every frame moves to other code.
    let frames = ctx.depth() as u64;
    ctx.meter().charge(frames * UNITS_PER_FRAME)?;
    ctx.set_hook(thread, mask, count);
    Ok(0)
}

fn gethook(ctx: &mut Ctx<'_>) -> NativeResult {
    let (thread, _) = thread_argument(ctx);
    let (mask, count) = ctx.push_hook(thread)?;
    let set = EVENTS.iter().filter(|(_, bit)| mask & bit != 0);
    let letters: Vec<u8> = set.map(|&(letter, _)| letter).collect();
    ctx.push_bytes(&letters)?;
    ctx.push_number(count.into())?;
    Ok(3)
}

/// Runs lines from standard input until one is "cont".
fn debug(ctx: &mut Ctx<'_>) -> NativeResult {
    loop {
        // What can't be shown is not told to anyone else.
        let watch = ctx.meter().watch();
        let _ = output::flush_within(&watch);
        let _ = std::io::stderr().write_all(b"lua_debug> ");
        let mut line = Vec::new();
        let read = input::Standard::new(&watch).read_until(b'\n', &mut line);
        ctx.meter().look()?;
        if read.is_err() || line.is_empty() || line == b"cont\n" {
            return Ok(0);
        }
        if !ctx.load(&line, b"=(debug command)")? || !ctx.protected_call(0, Some(0))? {
            let mut message = ctx.bytes(ctx.top()).to_vec();
            message.push(b'\n');
            let _ = output::flush_within(&watch);
            let _ = std::io::stderr().write_all(&message);
        }
        ctx.set_top(0)?;
    }
}

fn traceback(ctx: &mut Ctx<'_>) -> NativeResult {
    let (thread, arg) = thread_argument(ctx);
    let level = match ctx.coerce_number(arg + 2)? {
        Some(_) => {
            let level = ctx.check_int(arg + 2)?;
            ctx.drop_top(1);
            level
        }
        None => i32::from(thread.is_none()),
    };
    let mut text = Vec::new();
    if ctx.top() > arg {
        if !ctx.convert_to_string(arg + 1)? {
            // Not a message: it comes back untouched.
            return Ok(1);
        }
        text.push(b'\n');
    }
    text.extend_from_slice(b"stack traceback:");
    let mut room = Room::of(&text);
    for _ in level..0 {
        let line = b"\n\t(tail call): ?";
        room.fit(ctx, &mut text, line.len())?;
        ctx.meter().carry(&mut text, line)?;
    }
    // Its levels are counted.
    super::charge_level(ctx, i32::MAX)?;
    text.extend_from_slice(&ctx.traceback_levels(thread, level.max(0).into()));
    ctx.push_bytes(&text)?;
    // With the message goes whatever stands behind it.
    ctx.concat(ctx.top() - arg)?;
    Ok(1)
}
