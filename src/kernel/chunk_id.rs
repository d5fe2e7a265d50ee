//! How a chunk is called in messages: `luaO_chunkid`.
//!
//! Invariant: an identifier has fewer bytes than the size asked for and a source ends at its
//! first NUL, since PUC keeps both as C strings.
#![forbid(unsafe_code)]

/// `LUA_IDSIZE`, in which runtime errors and `debug.getinfo` show a chunk. It counts C's NUL.
pub const ID_SIZE: usize = 60;

/// `MAXSRC` of llex.c, in which syntax errors show a chunk. It counts C's NUL.
pub const SYNTAX_ID_SIZE: usize = 80;

/// What PUC keeps free for `'...'` about a file name and for `[string "..."]` about code.
const FILE_RESERVE: usize = 8;
const STRING_RESERVE: usize = 17;

/// Appends the identifier of a chunk, `size - 1` bytes at most ([`ID_SIZE`] or
/// [`SYNTAX_ID_SIZE`]).
///
/// A source `=name` is shown as `name`; `@file` as `file`, its beginning cut if it is long;
/// anything else is code, shown as `[string "first line..."]`.
pub fn write_chunk_id(out: &mut Vec<u8>, source: &[u8], size: usize) {
    let source = memchr::memchr(0, source).map_or(source, |end| &source[..end]);
    match source {
        [b'=', name @ ..] => {
            out.extend_from_slice(&name[..name.len().min(size.saturating_sub(1))]);
        }
        [b'@', file @ ..] => {
            let cut = file.len().saturating_sub(size.saturating_sub(FILE_RESERVE));
            if cut > 0 {
                out.extend_from_slice(b"...");
            }
            out.extend_from_slice(&file[cut..]);
        }
        code => {
            let line = memchr::memchr2(b'\n', b'\r', code).unwrap_or(code.len());
            let kept = line.min(size.saturating_sub(STRING_RESERVE));
            out.extend_from_slice(b"[string \"");
            out.extend_from_slice(&code[..kept]);
            if kept < code.len() {
                out.extend_from_slice(b"...");
            }
            out.extend_from_slice(b"\"]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(source: &str) -> String {
        let mut out = Vec::new();
        write_chunk_id(&mut out, source.as_bytes(), ID_SIZE);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_sources() {
        assert_eq!(id("=stdin"), "stdin");
        assert_eq!(id("@a/b.lua"), "a/b.lua");
        assert_eq!(id("return 1"), "[string \"return 1\"]");
        assert_eq!(id("one\ntwo"), "[string \"one...\"]");
        assert_eq!(id("one\rtwo"), "[string \"one...\"]");
        assert_eq!(id("one\0two"), "[string \"one\"]");
        assert_eq!(id("\nx"), "[string \"...\"]");
        assert_eq!(id(""), "[string \"\"]");
    }

    #[test]
    fn long_sources() {
        let x = |n| "x".repeat(n);
        assert_eq!(id(&format!("={}", x(59))), x(59));
        assert_eq!(id(&format!("={}", x(60))), x(59));
        assert_eq!(id(&format!("@{}", x(52))), x(52));
        assert_eq!(id(&format!("@y{}", x(52))), format!("...{}", x(52)));
        assert_eq!(id(&x(43)), format!("[string \"{}\"]", x(43)));
        assert_eq!(id(&x(44)), format!("[string \"{}...\"]", x(43)));
        let mut out = Vec::new();
        write_chunk_id(&mut out, x(64).as_bytes(), SYNTAX_ID_SIZE);
        assert_eq!(out, format!("[string \"{}...\"]", x(63)).into_bytes());
    }
}
