//! [`Cache`]: scripts by their digest.
//!
//! Those that were loaded stay until the cache is flushed, as in Redis. Those that were only run are as many as the engine is
//! told to keep; the oldest goes first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A SHA-1 digest.
pub(super) type Digest = [u8; 20];

/// A script that compiles.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) source: Vec<u8>,
    pub(super) digest: Digest,
}

impl Script {
    pub(super) fn digest_text(&self) -> String {
        hex(&self.digest)
    }
}

pub(super) fn digest_of(source: &[u8]) -> Digest {
    sha1_smol::Sha1::from(source).digest().bytes()
}

pub(super) fn hex(digest: &Digest) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(40), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest that a text of 40 hexadecimal digits, in any case, means.
pub(super) fn parse_digest(text: &[u8]) -> Option<Digest> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut digest = Digest::default();
    if text.len() != 40 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(digest)
}

struct Kept {
    script: Arc<Script>,
    loaded: bool,
}

/// Scripts by their digest.
#[derive(Default)]
pub(super) struct Cache {
    scripts: HashMap<Digest, Kept>,
    /// Those that were only run when they came in, the oldest first; some may have been loaded since.
    run: VecDeque<Digest>,
}

impl Cache {
    pub(super) fn get(&self, digest: &Digest) -> Option<Arc<Script>> {
        self.scripts.get(digest).map(|kept| Arc::clone(&kept.script))
    }

    pub(super) fn contains(&self, digest: &Digest) -> bool {
        self.scripts.contains_key(digest)
    }

    /// Keeps a script that was loaded.
    pub(super) fn load(&mut self, script: Arc<Script>) {
        self.scripts.insert(script.digest, Kept { script, loaded: true });
    }

    /// Keeps a script that was run, as one of at most `most`.
    pub(super) fn run(&mut self, script: Arc<Script>, most: usize) {
        if self.scripts.contains_key(&script.digest) {
            return;
        }
        self.run.push_back(script.digest);
        self.scripts.insert(script.digest, Kept { script, loaded: false });
        while self.run.len() > most {
            let Some(oldest) = self.run.pop_front() else { break };
            if self.scripts.get(&oldest).is_some_and(|kept| !kept.loaded) {
                self.scripts.remove(&oldest);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Cache::default();
    }
}
