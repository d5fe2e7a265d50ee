//! What the libraries ask the operating system for. Like the kernels it knows no value and no VM, but it is not pure.

#![forbid(unsafe_code)]

pub(crate) mod buffer;
pub(crate) mod chunk_file;
pub(crate) mod clock;
pub(crate) mod files;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod time;
pub(crate) mod wait;
pub(crate) mod zone;

use std::path::{Path, PathBuf};

use crate::kernel::text::c_string;

/// The system's message for an error, as C's `strerror`.
pub(crate) fn strerror(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The path that a Lua string names.
pub(crate) fn to_path(bytes: &[u8]) -> PathBuf {
    let bytes = c_string(bytes);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Path::new(std::ffi::OsStr::from_bytes(bytes)).to_owned()
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}
