//! The files of the io library: what C's `FILE` is to it.
//!
//! Reads and writes of one file share a position, so each side keeps its own buffer and gives way to the other: a write
//! first seeks back over what was read ahead, a read first sends what is kept. std's `BufReader` and `BufWriter`
//! know nothing of each other, which is why they are not used.
//!
//! The standard streams are those of the process: standard output is the buffer in `output`, standard input that of std,
//! which chunks read from standard input share.
//!
//! Invariant: at most one of the two buffers of a [`Buffered`] holds anything.
#![forbid(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, ErrorKind, IsTerminal as _, Read, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::LazyLock;

use crate::kernel::meter::Watch;
use crate::kernel::text::c_string;
use crate::system::buffer::{Buffering, WriteBuffer};
use crate::system::files::{create_temporary, shell};
use crate::system::{input, output, to_path, wait};

/// Bytes read at once, and kept before they are written.
const BUFFER: usize = 16 * 1024;

/// The number of "Bad file descriptor".
pub(super) const EBADF: i32 = 9;

/// What C's stdio says of an operation that the file was not opened for.
fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(EBADF)
}

fn invalid_argument() -> io::Error {
    const EINVAL: i32 = 22;
    io::Error::from_raw_os_error(EINVAL)
}

fn illegal_seek() -> io::Error {
    const ESPIPE: i32 = 29;
    io::Error::from_raw_os_error(ESPIPE)
}

/// Where a seek counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whence {
    Set,
    Current,
    End,
}

/// Whether reading or writing a file can mean to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Never,
    /// A pipe with a name, a terminal, a device.
    Perhaps,
}

impl Waits {
    fn of(file: &File) -> Self {
        if file.metadata().is_ok_and(|data| data.is_file()) { Waits::Never } else { Waits::Perhaps }
    }
}

/// What lies behind a buffered file.
enum Source {
    File(File, Waits),
    FromChild(ChildStdout),
    ToChild(ChildStdin),
}

impl Source {
    fn read(&mut self, bytes: &mut [u8], watch: &Watch) -> io::Result<usize> {
        match self {
            Source::File(file, Waits::Perhaps) => wait::readable(file, watch)?,
            Source::FromChild(pipe) => wait::readable(pipe, watch)?,
            _ => {}
        }
        loop {
            let result = match self {
                Source::File(file, _) => file.read(bytes),
                Source::FromChild(pipe) => pipe.read(bytes),
                Source::ToChild(_) => return Err(bad_descriptor()),
            };
            match result {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn write(&mut self, bytes: &[u8], watch: &Watch) -> io::Result<()> {
        match self {
            Source::File(file, Waits::Perhaps) if watch.is_limited() => wait::write(file, bytes, watch),
            Source::File(file, _) => file.write_all(bytes),
            Source::ToChild(pipe) => wait::write(pipe, bytes, watch),
            Source::FromChild(_) => Err(bad_descriptor()),
        }
    }

    fn file(&mut self) -> io::Result<&mut File> {
        match self {
            Source::File(file, _) => Ok(file),
            Source::FromChild(_) | Source::ToChild(_) => Err(illegal_seek()),
        }
    }
}

/// A file with its buffers.
pub(super) struct Buffered {
    source: Source,
    readable: bool,
    writable: bool,
    /// What was read ahead; `input[at..]` is still to be delivered.
    input: Vec<u8>,
    at: usize,
    output: WriteBuffer,
    /// How long may be waited for what is behind it.
    watch: Watch,
}

impl Buffered {
    fn new(source: Source, readable: bool, writable: bool) -> Self {
        let terminal = match &source {
            Source::File(file, _) => writable && file.is_terminal(),
            _ => false,
        };
        Buffered {
            source,
            readable,
            writable,
            input: Vec::new(),
            at: 0,
            output: WriteBuffer::new(if terminal { Buffering::Line } else { Buffering::Full(BUFFER) }, BUFFER),
            watch: Watch::default(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush(|bytes| self.source.write(bytes, &self.watch))
    }

    /// Seeks back over what was read ahead. A pipe can't; what it was ahead is lost.
    fn drop_input(&mut self) {
        let unread = self.input.len() - self.at;
        if unread > 0
            && let Ok(file) = self.source.file()
        {
            let _ = file.seek(SeekFrom::Current(-(unread as i64)));
        }
        self.input.clear();
        self.at = 0;
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.writable {
            return Err(bad_descriptor());
        }
        self.drop_input();
        self.output.write(bytes, |bytes| self.source.write(bytes, &self.watch))
    }

    fn seek(&mut self, whence: Whence, offset: i64) -> io::Result<u64> {
        self.flush()?;
        let unread = (self.input.len() - self.at) as u64;
        let file = self.source.file()?;
        let target = match whence {
            Whence::Set => SeekFrom::Start(offset.try_into().map_err(|_| invalid_argument())?),
            Whence::Current => {
                let position = file.stream_position()?.saturating_sub(unread);
                if offset == 0 {
                    return Ok(position);
                }
                let target = position.checked_add_signed(offset);
                SeekFrom::Start(target.ok_or_else(invalid_argument)?)
            }
            Whence::End => SeekFrom::End(offset),
        };
        let position = file.seek(target)?;
        self.input.clear();
        self.at = 0;
        Ok(position)
    }
}

impl Read for Buffered {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        input::read_buffered(self, bytes)
    }
}

impl BufRead for Buffered {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.readable {
            return Err(bad_descriptor());
        }
        if self.at == self.input.len() {
            self.flush()?;
            self.at = 0;
            // Unbuffered input takes no more than it was asked for, so that a child finds the rest.
            self.input.resize(if self.output.buffering() == Buffering::None { 1 } else { BUFFER }, 0);
            match self.source.read(&mut self.input, &self.watch) {
                Ok(count) => self.input.truncate(count),
                Err(error) => {
                    self.input.clear();
                    return Err(error);
                }
            }
        }
        Ok(&self.input[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.input.len());
    }
}

enum Stream {
    Closed,
    Stdin,
    Stdout,
    Stderr,
    File(Buffered),
    /// A file to be removed when it is closed.
    Temporary(Buffered, PathBuf),
    Process(Buffered, Child),
}

/// The host value of a file userdata.
pub(super) struct LuaFile {
    stream: Stream,
    /// How long may be waited for a standard stream.
    watch: Option<Watch>,
}

impl From<Stream> for LuaFile {
    fn from(stream: Stream) -> LuaFile {
        LuaFile { stream, watch: None }
    }
}

impl LuaFile {
    pub(super) const STDIN: LuaFile = LuaFile { stream: Stream::Stdin, watch: None };
    pub(super) const STDOUT: LuaFile = LuaFile { stream: Stream::Stdout, watch: None };
    pub(super) const STDERR: LuaFile = LuaFile { stream: Stream::Stderr, watch: None };

    /// C's `fopen` as glibc does it: after the first letter of a mode it overlooks what it does not know.
    pub(super) fn open(name: &[u8], mode: &[u8], watch: &Watch) -> io::Result<LuaFile> {
        let mode = c_string(mode);
        let Some((&kind, flags)) = mode.split_first() else { return Err(invalid_argument()) };
        let flags = &flags[..flags.len().min(6)];
        let update = flags.contains(&b'+');
        let (readable, writable) = (kind == b'r' || update, kind != b'r' || update);
        let mut options = OpenOptions::new();
        options.read(readable);
        match kind {
            b'r' => options.write(update),
            b'w' => options.write(true).create(true).truncate(true),
            b'a' => options.append(true).create(true),
            _ => return Err(invalid_argument()),
        };
        if kind != b'r' && flags.contains(&b'x') {
            options.create_new(true);
        }
        let mut file = wait::open(&options, &to_path(name), watch)?;
        if kind == b'a' && !update {
            // So that the position is right from the start; a pipe has none.
            let _ = file.seek(SeekFrom::End(0));
        }
        let waits = Waits::of(&file);
        let file = Buffered::new(Source::File(file, waits), readable, writable);
        Ok(Stream::File(file).into())
    }

    /// C's `popen`.
    pub(super) fn run(command: &[u8], mode: &[u8], watch: Watch) -> io::Result<LuaFile> {
        let mut read = None;
        for &byte in c_string(mode) {
            match byte {
                b'r' | b'w' if read.is_none() => read = Some(byte == b'r'),
                b'e' => {}
                _ => return Err(invalid_argument()),
            }
        }
        let read = read.ok_or_else(invalid_argument)?;
        let mut command = shell(command);
        if read {
            command.stdout(Stdio::piped());
        } else {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn()?;
        let source = match (child.stdout.take(), child.stdin.take()) {
            (Some(pipe), _) => Source::FromChild(pipe),
            (_, Some(pipe)) => Source::ToChild(pipe),
            _ => return Err(bad_descriptor()),
        };
        let mut file = Buffered::new(source, read, !read);
        file.watch = watch;
        Ok(Stream::Process(file, child).into())
    }

    /// C's `tmpfile`.
    pub(super) fn temporary() -> io::Result<LuaFile> {
        let (file, path) = create_temporary()?;
        let file = Buffered::new(Source::File(file, Waits::Never), true, true);
        // Where an open file can lose its name it does so at once: then a crash leaves nothing behind.
        Ok(LuaFile::from(match std::fs::remove_file(&path) {
            Ok(()) => Stream::File(file),
            Err(_) => Stream::Temporary(file, path),
        }))
    }

    /// Until when operations may wait.
    pub(super) fn set_watch(&mut self, watch: Watch) {
        match self.buffered() {
            Ok(file) => file.watch = watch,
            Err(_) => self.watch = Some(watch),
        }
    }

    fn standard_watch(&self) -> Watch {
        self.watch.clone().unwrap_or_default()
    }

    /// Ends the child that has been waited for too long, if that is what the file leads to.
    pub(super) fn end_child(&mut self) {
        if let Stream::Process(_, child) = &mut self.stream {
            // One that has ended by itself meanwhile is no error.
            let _ = child.kill();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.stream, Stream::Closed)
    }

    /// Whether what is written goes to the buffer in `output`.
    pub(super) fn is_stdout(&self) -> bool {
        matches!(self.stream, Stream::Stdout)
    }

    /// Whether it is one of the standard files, which can't be closed.
    pub(super) fn is_standard(&self) -> bool {
        matches!(self.stream, Stream::Stdin | Stream::Stdout | Stream::Stderr)
    }

    fn buffered(&mut self) -> io::Result<&mut Buffered> {
        match &mut self.stream {
            Stream::File(file) | Stream::Temporary(file, _) | Stream::Process(file, _) => Ok(file),
            _ => Err(bad_descriptor()),
        }
    }

    /// Lends the input to a function.
    pub(super) fn with_input<R>(
        &mut self,
        watch: &Watch,
        f: impl FnOnce(&mut dyn BufRead) -> io::Result<R>,
    ) -> io::Result<R> {
        if matches!(self.stream, Stream::Stdin) {
            flush_prompt();
            return f(&mut input::Standard::new(watch));
        }
        f(self.buffered()?)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &self.stream {
            Stream::Stdout => output::write_within(bytes, || self.standard_watch()),
            Stream::Stderr => match self.standard_watch() {
                watch if watch.is_limited() => wait::write(&mut io::stderr(), bytes, &watch),
                _ => io::stderr().write_all(bytes),
            },
            _ => self.buffered()?.write(bytes),
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match &self.stream {
            Stream::Stdout => output::flush_within(&self.standard_watch()),
            Stream::Stdin | Stream::Stderr => Ok(()),
            _ => self.buffered()?.flush(),
        }
    }

    pub(super) fn set_buffering(&mut self, buffering: Buffering) -> io::Result<()> {
        match &self.stream {
            Stream::Stdout => output::set_buffering(buffering, &self.standard_watch()),
            Stream::Stdin | Stream::Stderr => Ok(()),
            _ => {
                let file = self.buffered()?;
                file.output.set_buffering(buffering, |bytes| file.source.write(bytes, &file.watch))
            }
        }
    }

    /// C's `fseek`, then `ftell`.
    pub(super) fn seek(&mut self, whence: Whence, offset: i64) -> io::Result<u64> {
        match &self.stream {
            Stream::Stdin => seek_stdin(whence, offset),
            Stream::Stdout => {
                output::flush_within(&self.standard_watch())?;
                standard(&io::stdout())?.seek(whence, offset)
            }
            Stream::Stderr => standard(&io::stderr())?.seek(whence, offset),
            _ => self.buffered()?.seek(whence, offset),
        }
    }

    /// C's `fclose` and `pclose`; the standard files stay open.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if self.is_standard() {
            return Ok(());
        }
        match std::mem::replace(&mut self.stream, Stream::Closed) {
            Stream::File(mut file) => file.flush(),
            Stream::Temporary(mut file, path) => {
                let result = file.flush();
                drop(file);
                let _ = std::fs::remove_file(path);
                result
            }
            Stream::Process(mut file, mut child) => {
                // `pclose` tells only how the child ended.
                let _ = file.flush();
                let watch = std::mem::take(&mut file.watch);
                drop(file);
                wait::child(&mut child, &watch).map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

impl Drop for LuaFile {
    fn drop(&mut self) {
        // There is no one left to tell.
        let _ = self.close();
    }
}

/// Shows a prompt before its answer is waited for, as C does if a terminal is involved.
fn flush_prompt() {
    static TERMINAL: LazyLock<bool> = LazyLock::new(|| io::stdin().is_terminal() || io::stdout().is_terminal());
    if *TERMINAL {
        // What can't be shown is told to whoever writes next.
        let _ = output::flush();
    }
}

/// A second descriptor of a standard stream, with the same position.
#[cfg(unix)]
fn standard(stream: &impl std::os::fd::AsFd) -> io::Result<Buffered> {
    let file = File::from(stream.as_fd().try_clone_to_owned()?);
    Ok(Buffered::new(Source::File(file, Waits::Never), false, false))
}

#[cfg(not(unix))]
fn standard<T>(_: &T) -> io::Result<Buffered> {
    Err(illegal_seek())
}

fn seek_stdin(whence: Whence, offset: i64) -> io::Result<u64> {
    let mut stdin = io::stdin().lock();
    let mut file = standard(&stdin)?;
    // Fails on what has no position, so that nothing is waited for below.
    file.seek(Whence::Current, 0)?;
    let unread = stdin.fill_buf()?.len();
    let offset = if whence == Whence::Current { offset - unread as i64 } else { offset };
    if whence == Whence::Current && offset == -(unread as i64) {
        return Ok(file.seek(Whence::Current, 0)?.saturating_sub(unread as u64));
    }
    let position = file.seek(whence, offset)?;
    stdin.consume(unread);
    input::forget();
    Ok(position)
}
