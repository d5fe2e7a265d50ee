//! Mismatch reports: what an old opcode and the core's made of the same instruction, and how to see it again.

use std::fmt;

use super::Route;
use crate::bytecode::OpCode;

/// A difference between an old opcode and the core's, found by a shadow run.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// The opcode.
    pub opcode: OpCode,
    /// The name the chunk was loaded by: `@file` for a file.
    pub chunk: Vec<u8>,
    /// The line the function begins at; 0 for a main chunk.
    pub function: u32,
    /// The line of the instruction.
    pub line: u32,
    /// The instruction's number in its function, from 0.
    pub pc: usize,
    /// The opcode's route.
    pub route: Route,
    /// What the old opcode made of it, one difference a line.
    pub legacy: String,
    /// What the core did, likewise.
    pub core: String,
    /// The routes in force, as text.
    pub routes: String,
    /// Their seed.
    pub seed: u64,
}

impl Mismatch {
    /// The chunk, as messages name it.
    pub fn chunk_name(&self) -> String {
        let mut name = Vec::new();
        crate::kernel::chunk_id::write_chunk_id(&mut name, &self.chunk, crate::kernel::chunk_id::ID_SIZE);
        String::from_utf8_lossy(&name).into_owned()
    }

    /// A command that shows the mismatch again. A chunk that is not a file is named as far as it can be.
    pub fn replay(&self) -> String {
        let script = match self.chunk.strip_prefix(b"@") {
            Some(file) => String::from_utf8_lossy(file).into_owned(),
            None => self.chunk_name(),
        };
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        format!("ferrous --ops {} --ops-seed {} --shadow-strict {}", quoted(&self.routes), self.seed, quoted(&script))
    }

    /// The report as one line of JSON.
    #[cfg(feature = "compat")]
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "opcode": self.opcode.name(),
            "chunk": String::from_utf8_lossy(&self.chunk),
            "function": self.function,
            "line": self.line,
            "pc": self.pc,
            "route": self.route.name(),
            "legacy": self.legacy,
            "core": self.core,
            "routes": self.routes,
            "seed": self.seed,
            "replay": self.replay(),
        })
        .to_string()
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = match self.function {
            0 => "main chunk".to_owned(),
            line => format!("function at line {line}"),
        };
        writeln!(
            f,
            "{}:{}: {} (pc {} of the {function}, route {}): old and new differ",
            self.chunk_name(),
            self.line,
            self.opcode.name(),
            self.pc,
            self.route
        )?;
        let old: Vec<&str> = self.legacy.lines().collect();
        let new: Vec<&str> = self.core.lines().collect();
        let width = old.iter().map(|line| line.chars().count()).max().unwrap_or(0).clamp(10, 60);
        writeln!(f, "  {:width$} | the core", "the old one")?;
        for index in 0..old.len().max(new.len()) {
            let at = |lines: &[&str]| lines.get(index).map_or("", |line| line).to_owned();
            writeln!(f, "  {:width$} | {}", at(&old), at(&new))?;
        }
        write!(f, "  routes {}, seed {}\n  again: {}", self.routes, self.seed, self.replay())
    }
}
