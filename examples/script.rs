//! A host of Redis-style scripts: carries out the commands on its standard input, one a line, and prints their replies.
//!
//! ```text
//! $ printf '%s\n' 'SET visits 41' "EVAL 'return redis.call(\"INCR\", KEYS[1])' 1 visits" | cargo run --example script
//! OK
//! (integer) 42
//! ```

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use ferrous::script::{Session, Storage};
use ferrous::{RespFrame, StorageEngine};

fn main() -> io::Result<()> {
    let store = StorageEngine::new();
    let storage: Arc<dyn Storage> = store.clone();
    let mut session = Session::default();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let command = words(&line?);
        if command.is_empty() {
            continue;
        }
        let reply = store.scripts().execute(&storage, &session, &command);
        let reply = reply.unwrap_or_else(|| store.execute(&mut session, &command));
        let mut text = String::new();
        show(&reply, 0, &mut text);
        writeln!(out, "{text}")?;
    }
    Ok(())
}

/// The words of a line: apart by blanks, or between quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '\'' | '"');
        let body = if quoted { &rest[1..] } else { rest };
        let end = if quoted { body.find(first) } else { body.find(char::is_whitespace) };
        let end = end.unwrap_or(body.len());
        words.push(body[..end].to_owned());
        rest = body.get(end + usize::from(quoted)..).unwrap_or_default().trim_start();
    }
    words
}

/// A reply as `redis-cli` shows it, more or less.
fn show(frame: &RespFrame, depth: usize, out: &mut String) {
    match frame {
        RespFrame::SimpleString(text) => out.push_str(&String::from_utf8_lossy(text)),
        RespFrame::Error(text) => out.push_str(&format!("(error) {}", String::from_utf8_lossy(text))),
        RespFrame::Integer(n) => out.push_str(&format!("(integer) {n}")),
        RespFrame::BulkString(Some(bytes)) => out.push_str(&format!("\"{}\"", bytes.escape_ascii())),
        RespFrame::Array(Some(frames)) | RespFrame::Set(frames) if frames.is_empty() => out.push_str("(empty array)"),
        RespFrame::Array(Some(frames)) | RespFrame::Set(frames) => {
            for (index, frame) in frames.iter().enumerate() {
                if index > 0 {
                    out.push('\n');
                    out.push_str(&"   ".repeat(depth));
                }
                out.push_str(&format!("{}) ", index + 1));
                show(frame, depth + 1, out);
            }
        }
        RespFrame::BulkString(None) | RespFrame::Array(None) | RespFrame::Null => out.push_str("(nil)"),
        other => out.push_str(&format!("{other:?}")),
    }
}
