//! [`Reference`]: the real `lua5.1`, where it is installed.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A process of the real interpreter that answers questions. One that dies over a question is replaced.
pub struct Reference {
    child: Child,
    answers: BufReader<ChildStdout>,
    asked: usize,
}

/// Questions after which a process is replaced, so that what one leaves behind does not pile up.
const QUESTIONS: usize = 20_000;

impl Reference {
    /// A process, if there is such a program.
    pub fn start() -> Option<Reference> {
        let mut child = Command::new("lua5.1")
            .args(["-e", include_str!("reference.lua")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let answers = BufReader::new(child.stdout.take()?);
        Some(Reference { child, answers, asked: 0 })
    }

    /// `ok`, or what is wrong with this source text, which is not precompiled.
    pub fn load(&mut self, source: &[u8]) -> Option<Vec<u8>> {
        self.ask("load", source)
    }

    /// What a program prints, and its outcome.
    pub fn run(&mut self, source: &[u8]) -> Option<Vec<u8>> {
        self.ask("run", source)
    }

    /// What a protected `string.find` returns, a line for each value.
    pub fn find(&mut self, subject: &[u8], pattern: &[u8]) -> Option<Vec<u8>> {
        self.ask("find", &[format!("{} ", subject.len()).as_bytes(), subject, pattern].concat())
    }

    /// `None` if the process has no answer.
    fn ask(&mut self, verb: &str, text: &[u8]) -> Option<Vec<u8>> {
        self.asked += 1;
        let answer = if self.asked < QUESTIONS { self.exchange(verb, text).ok() } else { None };
        if answer.is_none()
            && let Some(next) = Reference::start()
        {
            *self = next;
        }
        answer
    }

    fn exchange(&mut self, verb: &str, text: &[u8]) -> io::Result<Vec<u8>> {
        let questions = self.child.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut request = format!("{verb} {}\n", text.len()).into_bytes();
        request.extend_from_slice(text);
        questions.write_all(&request)?;
        questions.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let length = line.trim_end().parse().map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let mut answer = vec![0; length];
        self.answers.read_exact(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // A process that has ended already needs no ending.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
