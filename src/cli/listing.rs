//! `ferrous -l FILE`: the bytecode of a file, in the manner of `luac -l`.
#![forbid(unsafe_code)]

use std::path::Path;

use super::{PROGRAM, report};
use crate::bytecode::{dump, listing};
use crate::stdlib::{output, strerror};

/// Prints the listing of a file's functions; says whether that was possible. A precompiled file is listed only if such are
/// allowed.
pub(super) fn list(path: &Path, allow_bytecode: bool) -> bool {
    match listed(path, allow_bytecode) {
        Ok(text) => {
            // That it can't be written shows when the program ends.
            let _ = output::write(text.as_bytes());
            true
        }
        Err(message) => {
            report(Some(PROGRAM), message.as_bytes());
            false
        }
    }
}

fn listed(path: &Path, allow_bytecode: bool) -> Result<String, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| format!("cannot open {shown}: {}", strerror(&error)))?;
    let proto = if bytes.first() == Some(&0x1b) {
        if !allow_bytecode {
            return Err(format!("{shown}: precompiled chunks need --allow-bytecode"));
        }
        dump::undump(&bytes).map_err(|error| format!("{shown}: {error}"))?
    } else {
        let name = [b"@", path.as_os_str().as_encoded_bytes()].concat();
        // The newline stays, for the numbers of the lines after it.
        let code = match memchr::memchr(b'\n', &bytes) {
            Some(end) if bytes.starts_with(b"#") => &bytes[end..],
            None if bytes.starts_with(b"#") => &[],
            _ => &bytes[..],
        };
        crate::compiler::compile(code, &name).map_err(|error| error.to_string())?
    };
    let mut text = String::new();
    listing::write_listing(&proto, &mut text, true);
    Ok(text)
}
