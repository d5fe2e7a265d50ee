//! Files and commands, as C's library has them.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use super::{to_path, wait};
use crate::kernel::meter::Watch;

/// A command for the shell, as C's `system` and `popen` run it.
pub(crate) fn shell(command: &[u8]) -> Command {
    #[cfg(unix)]
    let (shell, option) = ("/bin/sh", "-c");
    #[cfg(not(unix))]
    let (shell, option) = ("cmd", "/C");
    let mut shell = Command::new(shell);
    shell.arg(option).arg(to_path(command));
    shell
}

/// Runs a command and waits for its end; returns the status as C's `system` does.
pub(crate) fn run(command: &[u8], watch: &Watch) -> i32 {
    let status = shell(command).spawn().and_then(|mut child| wait::child(&mut child, watch));
    status.map_or(-1, raw_status)
}

fn raw_status(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        status.into_raw()
    }
    #[cfg(not(unix))]
    {
        status.code().unwrap_or(-1)
    }
}

/// Removes a file, or an empty folder.
pub(crate) fn remove(name: &[u8]) -> io::Result<()> {
    let path = to_path(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() == ErrorKind::IsADirectory => std::fs::remove_dir(&path),
        result => result,
    }
}

/// Creates a file with a new name in the folder for temporary files.
pub(crate) fn create_temporary() -> io::Result<(File, PathBuf)> {
    use std::hash::{BuildHasher as _, RandomState};
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const TRIES: usize = 100;
    let folder = if cfg!(unix) { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let mut last = ErrorKind::AlreadyExists.into();
    for attempt in 0..TRIES {
        // Each `RandomState` is keyed anew.
        let mut bits = RandomState::new().hash_one(attempt);
        let mut name = String::from("lua_");
        for _ in 0..6 {
            name.push(char::from(LETTERS[(bits % 62) as usize]));
            bits /= 62;
        }
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
