//! The library `io`, after PUC's `liolib.c`.
//!
//! A file is a userdata around a [`LuaFile`], with the metatable that the registry keeps as "FILE*". As in PUC the library's
//! functions share an environment, which holds the default files.
//!
//! Invariant: every file that was opened is in the registry's weak table of open files, so that the end of the process can
//! send what they still keep.
#![forbid(unsafe_code)]

mod file;
mod scan;

use std::io::{self, BufRead};

use self::file::{EBADF, LuaFile, Whence};
use self::scan::Step;
use super::output;
use crate::kernel::number;
use crate::system::buffer::Buffering;
use crate::system::wait;
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

pub(super) use crate::kernel::text::c_string;
pub(super) use crate::system::to_path;

/// Field of the registry: the metatable of files.
const METATABLE: &str = "FILE*";
/// Field of the registry: the files that may keep bytes, as weak keys.
const OPEN_FILES: &str = "FILE* open";

/// Positions of the default files in the environment.
const INPUT: usize = 1;
const OUTPUT: usize = 2;

const FUNCTIONS: [(&str, NativeFn); 11] = [
    ("close", io_close),
    ("flush", io_flush),
    ("input", io_input),
    ("lines", io_lines),
    ("open", io_open),
    ("output", io_output),
    ("popen", io_popen),
    ("read", io_read),
    ("tmpfile", io_tmpfile),
    ("type", io_type),
    ("write", io_write),
];

const METHODS: [(&str, NativeFn); 9] = [
    ("close", io_close),
    ("flush", file_flush),
    ("lines", file_lines),
    ("read", file_read),
    ("seek", file_seek),
    ("setvbuf", file_setvbuf),
    ("write", file_write),
    ("__gc", file_gc),
    ("__tostring", file_tostring),
];

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    let base = ctx.top();
    let (registry, metatable, env, library) = (base + 1, base + 2, base + 3, base + 4);
    ctx.push_registry()?;
    ctx.new_table(0, METHODS.len() + 1)?;
    ctx.push_value(metatable)?;
    ctx.raw_set_field(registry, METATABLE)?;
    ctx.push_value(metatable)?;
    ctx.raw_set_field(metatable, "__index")?;
    super::register(ctx, None, &METHODS)?;

    ctx.new_table(0, 0)?;
    ctx.new_table(0, 1)?;
    ctx.push_bytes(b"k")?;
    ctx.raw_set_field(ctx.top() - 1, "__mode")?;
    ctx.set_metatable(ctx.top() - 1);
    ctx.raw_set_field(registry, OPEN_FILES)?;

    push_file_env(ctx, close_file)?;
    super::register(ctx, Some("io"), &FUNCTIONS)?;
    for (name, _) in FUNCTIONS {
        ctx.raw_get_field(library, name)?;
        // What `popen` opens is closed in another way.
        if name == "popen" {
            push_file_env(ctx, close_file)?
        } else {
            ctx.push_value(env)?
        }
        ctx.set_fenv(ctx.top() - 1);
        ctx.drop_top(1);
    }
    push_file_env(ctx, close_standard)?;
    let standard =
        [(LuaFile::STDIN, INPUT, "stdin"), (LuaFile::STDOUT, OUTPUT, "stdout"), (LuaFile::STDERR, 0, "stderr")];
    for (file, default, name) in standard {
        push_file(ctx, file)?;
        if default > 0 {
            ctx.push_value(ctx.top())?;
            ctx.raw_set_int(env, default)?;
        }
        ctx.push_value(library + 1)?;
        ctx.set_fenv(ctx.top() - 1);
        ctx.raw_set_field(library, name)?;
    }
    ctx.set_top(library)?;
    ctx.remove(env);
    ctx.remove(metatable);
    ctx.remove(registry);
    Ok(())
}

/// Pushes a new environment for files, with the function that closes them, as PUC's have it.
fn push_file_env(ctx: &mut Ctx<'_>, close: NativeFn) -> Result<(), Throw> {
    ctx.new_table(2, 1)?;
    ctx.push_function(close, 0)?;
    ctx.raw_set_field(ctx.top() - 1, "__close")
}

/// Sends what the open files keep, as the end of a C program does, and `fflush(NULL)`.
pub(super) fn flush_all(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    let top = ctx.top();
    ctx.push_registry()?;
    ctx.raw_get_field(top + 1, OPEN_FILES)?;
    if ctx.type_of(top + 2) == Type::Table {
        ctx.push_nil()?;
        while ctx.next(top + 2)? {
            ctx.drop_top(1);
            // No one asked for it, so no one is told that it failed.
            let _ = with_file(ctx, top + 3, LuaFile::flush);
        }
    }
    let _ = output::flush_within(&ctx.meter().watch());
    ctx.set_top(top)
}

/// Pushes a userdata for a file.
fn push_file(ctx: &mut Ctx<'_>, file: LuaFile) -> Result<(), Throw> {
    let track = !file.is_standard();
    ctx.new_userdata(Some(Box::new(file)))?;
    let userdata = ctx.top();
    ctx.push_registry()?;
    ctx.raw_get_field(userdata + 1, METATABLE)?;
    ctx.set_metatable(userdata);
    if track {
        ctx.raw_get_field(userdata + 1, OPEN_FILES)?;
        ctx.push_value(userdata)?;
        ctx.push_boolean(true)?;
        ctx.raw_set(userdata + 2)?;
    }
    ctx.set_top(userdata)
}

/// Fails if the argument 1 is not a file.
fn check_file(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    if ctx.is_userdata::<LuaFile>(1) { Ok(()) } else { Err(ctx.type_error(1, METATABLE)) }
}

/// Fails if the argument 1 is not an open file.
fn check_open_file(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    check_file(ctx)?;
    if is_closed(ctx, 1) {
        return Err(ctx.error("attempt to use a closed file"));
    }
    Ok(())
}

fn is_closed(ctx: &mut Ctx<'_>, index: usize) -> bool {
    ctx.with_userdata(index, |file: &mut LuaFile| file.is_closed()).unwrap_or(true)
}

/// Runs an operation on the file at a position.
fn with_file<R>(ctx: &mut Ctx<'_>, index: usize, f: impl FnOnce(&mut LuaFile) -> io::Result<R>) -> io::Result<R> {
    let watch = ctx.meter().watch();
    let f = |file: &mut LuaFile| {
        file.set_watch(watch);
        let result = f(file);
        if result.as_ref().is_err_and(wait::is_over) {
            file.end_child();
        }
        result
    };
    // Nothing that runs while a file is lent can get at it.
    let result = ctx.with_userdata(index, f).unwrap_or_else(|| Err(io::ErrorKind::Other.into()));
    // It may have waited too long: whoever tells of the result is told so.
    let _ = ctx.meter().look();
    result
}

/// The results of an operation: true, or nil, the message and the number of the error.
pub(super) fn push_result(ctx: &mut Ctx<'_>, result: io::Result<()>, name: Option<&[u8]>) -> NativeResult {
    ctx.meter().charge(1)?;
    let Err(error) = result else {
        ctx.push_boolean(true)?;
        return Ok(1);
    };
    let message = error_message(&error, name);
    ctx.push_nil()?;
    ctx.push_bytes(&message)?;
    ctx.push_number(error.raw_os_error().unwrap_or(0).into())?;
    Ok(3)
}

fn error_message(error: &io::Error, name: Option<&[u8]>) -> Vec<u8> {
    let mut message = Vec::new();
    if let Some(name) = name {
        message.extend_from_slice(c_string(name));
        message.extend_from_slice(b": ");
    }
    message.extend_from_slice(super::strerror(error).as_bytes());
    message
}

/// Pushes a file that was opened, or the error's results.
fn push_opened(ctx: &mut Ctx<'_>, opened: io::Result<LuaFile>, name: Option<&[u8]>) -> NativeResult {
    match opened {
        Ok(file) => {
            push_file(ctx, file)?;
            Ok(1)
        }
        Err(error) => {
            // It may have waited too long.
            ctx.meter().look()?;
            push_result(ctx, Err(error), name)
        }
    }
}

/// Pushes a default file and returns its position; fails if it is closed.
fn push_default(ctx: &mut Ctx<'_>, which: usize) -> Result<usize, Throw> {
    ctx.push_env()?;
    ctx.raw_get_int(ctx.top(), which)?;
    ctx.remove(ctx.top() - 1);
    let index = ctx.top();
    if is_closed(ctx, index) {
        let name = if which == INPUT { "input" } else { "output" };
        return Err(ctx.error(format!("standard {name} file is closed")));
    }
    Ok(index)
}

// Opening and closing.

fn io_open(ctx: &mut Ctx<'_>) -> NativeResult {
    let (name, mode) = name_and_mode(ctx)?;
    let watch = ctx.meter().watch();
    push_opened(ctx, LuaFile::open(&name, &mode, &watch), Some(&name))
}

fn io_popen(ctx: &mut Ctx<'_>) -> NativeResult {
    let (command, mode) = name_and_mode(ctx)?;
    // As PUC does it, so that the child's output comes after what was written before.
    flush_all(ctx)?;
    let watch = ctx.meter().watch();
    push_opened(ctx, LuaFile::run(&command, &mode, watch), Some(&command))
}

fn name_and_mode(ctx: &mut Ctx<'_>) -> Result<(Vec<u8>, Vec<u8>), Throw> {
    ctx.check_string(1)?;
    let mode = if ctx.opt_string(2)? { ctx.bytes(2).to_vec() } else { b"r".to_vec() };
    Ok((ctx.bytes(1).to_vec(), mode))
}

fn io_tmpfile(ctx: &mut Ctx<'_>) -> NativeResult {
    push_opened(ctx, LuaFile::temporary(), None)
}

fn io_close(ctx: &mut Ctx<'_>) -> NativeResult {
    if ctx.is_none(1) {
        ctx.push_env()?;
        ctx.raw_get_int(1, OUTPUT)?;
        ctx.replace(1);
    }
    check_open_file(ctx)?;
    close(ctx, 1)
}

fn close_file(ctx: &mut Ctx<'_>) -> NativeResult {
    check_open_file(ctx)?;
    close(ctx, 1)
}

fn close_standard(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.push_nil()?;
    ctx.push_bytes(b"cannot close standard file")?;
    Ok(2)
}

fn close(ctx: &mut Ctx<'_>, index: usize) -> NativeResult {
    let standard = ctx.with_userdata(index, |file: &mut LuaFile| file.is_standard());
    if standard == Some(true) {
        return close_standard(ctx);
    }
    let result = with_file(ctx, index, LuaFile::close);
    push_result(ctx, result, None)
}

fn file_gc(ctx: &mut Ctx<'_>) -> NativeResult {
    check_file(ctx)?;
    // A finalizer has no one to tell.
    let _ = with_file(ctx, 1, LuaFile::close);
    Ok(0)
}

fn io_input(ctx: &mut Ctx<'_>) -> NativeResult {
    default_file(ctx, INPUT, b"r")
}

fn io_output(ctx: &mut Ctx<'_>) -> NativeResult {
    default_file(ctx, OUTPUT, b"w")
}

/// Sets a default file if there is an argument; returns the present one.
fn default_file(ctx: &mut Ctx<'_>, which: usize, mode: &[u8]) -> NativeResult {
    if !ctx.is_none_or_nil(1) {
        if ctx.convert_to_string(1)? {
            open_argument(ctx, mode)?;
        } else {
            check_open_file(ctx)?;
            ctx.push_value(1)?;
        }
        ctx.push_env()?;
        ctx.insert(ctx.top() - 1);
        ctx.raw_set_int(ctx.top() - 1, which)?;
    }
    ctx.push_env()?;
    ctx.raw_get_int(ctx.top(), which)?;
    Ok(1)
}

/// Pushes the file that the argument 1 names; fails if it can't be opened.
fn open_argument(ctx: &mut Ctx<'_>, mode: &[u8]) -> Result<(), Throw> {
    let ([name], meter) = ctx.bytes_and_meter([1]);
    match LuaFile::open(name, mode, &meter.watch()) {
        Ok(file) => push_file(ctx, file),
        Err(error) => {
            // It may have waited too long.
            ctx.meter().look()?;
            let message = error_message(&error, Some(ctx.bytes(1)));
            Err(ctx.arg_error(1, message))
        }
    }
}

fn io_type(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    match ctx.with_userdata(1, |file: &mut LuaFile| file.is_closed()) {
        Some(true) => ctx.push_bytes(b"closed file")?,
        Some(false) => ctx.push_bytes(b"file")?,
        None => ctx.push_nil()?,
    }
    Ok(1)
}

fn file_tostring(ctx: &mut Ctx<'_>) -> NativeResult {
    check_file(ctx)?;
    if is_closed(ctx, 1) {
        ctx.push_bytes(b"file (closed)")?;
    } else {
        let text = format!("file ({:#x})", ctx.address(1));
        ctx.push_bytes(text.as_bytes())?;
    }
    Ok(1)
}

// Reading.

/// What a read pushed: a value, or the error's results.
enum Read {
    /// The value; whether there was anything to read.
    Value(bool),
    Failed(io::Error),
}

/// Reads in steps and pushes what was read: between the steps it sees to the limits.
fn read_steps(
    ctx: &mut Ctx<'_>,
    file: usize,
    mut step: impl FnMut(&mut dyn BufRead, &mut Vec<u8>) -> io::Result<Step>,
    success: impl FnOnce(Step, &[u8]) -> bool,
) -> Result<Read, Throw> {
    let mut buffer = ctx.take_buffer();
    let watch = ctx.meter().watch();
    loop {
        match with_file(ctx, file, |file| file.with_input(&watch, |input| step(input, &mut buffer))) {
            Ok(Step::More) => {
                ctx.check_room(buffer.len())?;
                // Of what was read, a line with NULs keeps less.
                ctx.meter().charge_bytes(scan::STEP)?;
            }
            Ok(end) => {
                let success = success(end, &buffer);
                ctx.push_buffer(buffer)?;
                return Ok(Read::Value(success));
            }
            Err(error) => {
                ctx.give_buffer(buffer);
                return Ok(Read::Failed(error));
            }
        }
    }
}

fn read_line(ctx: &mut Ctx<'_>, file: usize) -> Result<Read, Throw> {
    let mut line = scan::Line::default();
    read_steps(ctx, file, |input, buffer| line.read(input, buffer), |end, text| end == Step::Done || !text.is_empty())
}

fn read_chars(ctx: &mut Ctx<'_>, file: usize, mut count: usize) -> Result<Read, Throw> {
    read_steps(
        ctx,
        file,
        |input, buffer| scan::read_chars(input, &mut count, buffer),
        |end, text| end == Step::Done || !text.is_empty(),
    )
}

fn test_end(ctx: &mut Ctx<'_>, file: usize) -> Result<Read, Throw> {
    let watch = ctx.meter().watch();
    match with_file(ctx, file, |file| file.with_input(&watch, scan::at_end)) {
        Ok(end) => {
            ctx.push_bytes(b"")?;
            Ok(Read::Value(!end))
        }
        Err(error) => Ok(Read::Failed(error)),
    }
}

fn read_number(ctx: &mut Ctx<'_>, file: usize) -> Result<Read, Throw> {
    let watch = ctx.meter().watch();
    match with_file(ctx, file, |file| file.with_input(&watch, scan::read_number)) {
        Ok(Some(n)) => {
            ctx.push_number(n)?;
            Ok(Read::Value(true))
        }
        Ok(None) => {
            ctx.push_nil()?;
            Ok(Read::Value(false))
        }
        // glibc's `fscanf` keeps it to itself that the file can't be read from.
        Err(error) if error.raw_os_error() == Some(EBADF) => {
            ctx.push_nil()?;
            Ok(Read::Value(false))
        }
        Err(error) => Ok(Read::Failed(error)),
    }
}

/// Reads by the formats in the arguments `first..=last`.
fn read(ctx: &mut Ctx<'_>, file: usize, first: usize, last: usize) -> NativeResult {
    let top = ctx.top();
    let mut success = true;
    let mut format = first;
    if last >= first {
        ctx.reserve(last - first + 20, "too many arguments")?;
    }
    while success && (format <= last || format == first) {
        let result = if last < first {
            read_line(ctx, file)?
        } else if ctx.type_of(format) == Type::Number {
            match ctx.check_integer(format)? {
                0 => test_end(ctx, file)?,
                // Cast as C does it: a negative count is a huge one.
                count => read_chars(ctx, file, count as usize)?,
            }
        } else {
            match ctx.bytes(format) {
                [b'*', b'n', ..] => read_number(ctx, file)?,
                [b'*', b'l', ..] => read_line(ctx, file)?,
                [b'*', b'a', ..] => match read_chars(ctx, file, usize::MAX)? {
                    Read::Value(_) => Read::Value(true),
                    failed => failed,
                },
                [b'*', ..] => return Err(ctx.arg_error(format, "invalid format")),
                _ => return Err(ctx.arg_error(format, "invalid option")),
            }
        };
        match result {
            Read::Value(read) => success = read,
            Read::Failed(error) => return push_result(ctx, Err(error), None),
        }
        format += 1;
    }
    if !success {
        ctx.drop_top(1);
        ctx.push_nil()?;
    }
    Ok(ctx.top() - top)
}

fn io_read(ctx: &mut Ctx<'_>) -> NativeResult {
    let last = ctx.top();
    let file = push_default(ctx, INPUT)?;
    read(ctx, file, 1, last)
}

fn file_read(ctx: &mut Ctx<'_>) -> NativeResult {
    check_open_file(ctx)?;
    let last = ctx.top();
    read(ctx, 1, 2, last)
}

/// Pushes an iterator over the lines of the file at a position.
fn push_lines(ctx: &mut Ctx<'_>, file: usize, close: bool) -> NativeResult {
    ctx.push_value(file)?;
    ctx.push_boolean(close)?;
    ctx.push_function(next_line, 2)?;
    Ok(1)
}

fn file_lines(ctx: &mut Ctx<'_>) -> NativeResult {
    check_open_file(ctx)?;
    push_lines(ctx, 1, false)
}

fn io_lines(ctx: &mut Ctx<'_>) -> NativeResult {
    if ctx.is_none_or_nil(1) {
        // As in PUC an explicit nil stays the first argument, and is no file.
        ctx.push_env()?;
        ctx.raw_get_int(ctx.top(), INPUT)?;
        ctx.remove(ctx.top() - 1);
        return file_lines(ctx);
    }
    ctx.check_string(1)?;
    open_argument(ctx, b"r")?;
    push_lines(ctx, ctx.top(), true)
}

/// The iterator: its upvalues are the file, and whether it is to be closed at its end.
fn next_line(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.push_upvalue(1)?;
    let file = ctx.top();
    if is_closed(ctx, file) {
        return Err(ctx.error("file is already closed"));
    }
    match read_line(ctx, file)? {
        Read::Value(true) => Ok(1),
        Read::Value(false) => {
            ctx.push_upvalue(2)?;
            if ctx.to_boolean(ctx.top()) {
                close(ctx, file)?;
            }
            Ok(0)
        }
        Read::Failed(error) => {
            // It may have waited too long.
            ctx.meter().look()?;
            Err(ctx.error(super::strerror(&error)))
        }
    }
}

// Writing.

/// Writes the arguments `first..=last`.
fn write(ctx: &mut Ctx<'_>, file: usize, first: usize, last: usize) -> NativeResult {
    /// Bytes gathered before the file gets them.
    const GATHERED: usize = 64 * 1024;
    let direct = ctx.with_userdata(file, |file: &mut LuaFile| file.is_stdout()) == Some(true);
    let mut result = Ok(());
    let mut buffer = ctx.take_buffer();
    for index in first..=last {
        if ctx.type_of(index) == Type::Number {
            number::write_number(&mut buffer, ctx.coerce_number(index)?.unwrap_or_default());
        } else {
            if let Err(throw) = ctx.check_string(index) {
                // What comes before the wrong argument is written all the same.
                send(ctx, file, &mut buffer, &mut result);
                ctx.give_buffer(buffer);
                if direct {
                    ctx.gathered(result, output::flush_within);
                }
                return Err(throw);
            }
            if direct {
                send(ctx, file, &mut buffer, &mut result);
                if result.is_ok() {
                    let ([bytes], meter) = ctx.bytes_and_meter([index]);
                    result = output::write_within(bytes, || meter.watch());
                }
                continue;
            }
            // The file is in the machine, as the string is: a long one is handed over in parts.
            let length = ctx.bytes(index).len();
            for start in (0..length).step_by(GATHERED) {
                let part = start..length.min(start + GATHERED);
                buffer.extend_from_slice(&ctx.bytes(index)[part]);
                if buffer.len() >= GATHERED {
                    send(ctx, file, &mut buffer, &mut result);
                }
            }
        }
    }
    send(ctx, file, &mut buffer, &mut result);
    ctx.give_buffer(buffer);
    if direct {
        // The program is told of an error.
        ctx.gathered(Ok(()), output::flush_within);
    }
    push_result(ctx, result, None)
}

/// Hands gathered bytes over, unless something went wrong before.
fn send(ctx: &mut Ctx<'_>, file: usize, buffer: &mut Vec<u8>, result: &mut io::Result<()>) {
    // Nothing is written to any file, also to one that can't be written to.
    if result.is_ok() && !buffer.is_empty() {
        *result = with_file(ctx, file, |file| file.write(buffer));
    }
    buffer.clear();
}

fn io_write(ctx: &mut Ctx<'_>) -> NativeResult {
    let last = ctx.top();
    let file = push_default(ctx, OUTPUT)?;
    write(ctx, file, 1, last)
}

fn file_write(ctx: &mut Ctx<'_>) -> NativeResult {
    check_open_file(ctx)?;
    let last = ctx.top();
    write(ctx, 1, 2, last)
}

fn io_flush(ctx: &mut Ctx<'_>) -> NativeResult {
    let file = push_default(ctx, OUTPUT)?;
    let result = with_file(ctx, file, LuaFile::flush);
    push_result(ctx, result, None)
}

fn file_flush(ctx: &mut Ctx<'_>) -> NativeResult {
    check_open_file(ctx)?;
    let result = with_file(ctx, 1, LuaFile::flush);
    push_result(ctx, result, None)
}

fn file_seek(ctx: &mut Ctx<'_>) -> NativeResult {
    check_open_file(ctx)?;
    let whence = match ctx.check_option(2, Some("cur"), &["set", "cur", "end"])? {
        0 => Whence::Set,
        1 => Whence::Current,
        _ => Whence::End,
    };
    let offset = ctx.opt_integer(3, 0)?;
    match with_file(ctx, 1, |file| file.seek(whence, offset)) {
        Ok(position) => {
            ctx.push_number(position as f64)?;
            Ok(1)
        }
        Err(error) => push_result(ctx, Err(error), None),
    }
}

fn file_setvbuf(ctx: &mut Ctx<'_>) -> NativeResult {
    const DEFAULT: i64 = 8192;
    const MAX: i64 = 1 << 20;
    check_open_file(ctx)?;
    let mode = ctx.check_option(2, None, &["no", "full", "line"])?;
    let size = ctx.opt_integer(3, DEFAULT)?.clamp(1, MAX);
    let buffering = match mode {
        0 => Buffering::None,
        1 => Buffering::Full(size as usize),
        _ => Buffering::Line,
    };
    let result = with_file(ctx, 1, |file| file.set_buffering(buffering));
    push_result(ctx, result, None)
}
