//! What the machine says of errors: levels of active calls, positions, names, tracebacks, and the words of a [`Fault`]
//! (PUC's `ldebug.c`).
//!
//! Levels are counted as by C's `lua_getstack`: 0 is the innermost function, native functions count, and so does each call
//! that a tail call replaced. The host that called the main program is its outermost level.

use super::frame::{CallFrame, FrameKind};
use super::memory::{Culprit, Fault, Then};
use super::native::{CalledAs, Failure};
use super::value::Value;
use super::vm::LuaVM;
use crate::bytecode::{NameKind, call_name, comparison_message, register_name};
use crate::kernel::chunk_id::{ID_SIZE, write_chunk_id};

/// Levels at the beginning and at the end of a long traceback that are shown.
const FIRST_LEVELS: usize = 12;
const LAST_LEVELS: usize = 10;

/// A level of the running thread.
enum Level {
    /// The frame at this index.
    Frame(usize),
    /// A call that a tail call replaced.
    TailCall,
}

impl LuaVM {
    /// `chunk:line: ` of the Lua function at a level; empty for anything else (`luaL_where`).
    pub(crate) fn position(&self, level: usize) -> Vec<u8> {
        match self.level_of(level) {
            Some(Level::Frame(index)) => self.frames().get(index).map(position_of).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// How the calling instruction names the native function that runs.
    pub(crate) fn called_as(&self) -> Option<CalledAs> {
        let (kind, name) = self.name_of_call(self.frames().len().checked_sub(1)?)?;
        Some(CalledAs { name: name.to_vec(), method: kind == NameKind::Method })
    }

    /// The function at a level; nil for one that a tail call replaced.
    pub(crate) fn function_at(&self, level: usize) -> Option<Value> {
        Some(match self.level_of(level)? {
            Level::Frame(index) => self.frames().get(index)?.callee,
            Level::TailCall => Value::Nil,
        })
    }

    /// An error of the running function: its position, then the message (`luaG_runerror`).
    pub(crate) fn run_error(&mut self, message: &[u8]) -> Failure {
        let mut text = self.frames().last().map(position_of).unwrap_or_default();
        text.extend_from_slice(message);
        self.throw_text(&text)
    }

    /// An error whose value is a text.
    pub(crate) fn throw_text(&mut self, text: &[u8]) -> Failure {
        match self.create_string(text) {
            Ok(value) => Failure::Thrown(value),
            Err(failure) => failure,
        }
    }

    /// Words the fault of the instruction that the innermost frame executes.
    pub(crate) fn word(&mut self, fault: Fault) -> Failure {
        match fault {
            Fault::Type { verb, kind, operand } => {
                let text = self.type_message(verb, kind, operand);
                self.run_error(&text)
            }
            Fault::Compare { left, right } => self.run_error(comparison_message(left, right).as_bytes()),
            Fault::Message(message) => self.run_error(message.as_bytes()),
            Fault::Memory(error) => error.into(),
        }
    }

    fn type_message(&self, verb: &str, kind: &str, operand: Culprit) -> Vec<u8> {
        match self.operand_name(operand) {
            Some((of, name)) => {
                let mut text = format!("attempt to {verb} {of} '").into_bytes();
                text.extend_from_slice(name);
                text.extend_from_slice(format!("' (a {kind} value)").as_bytes());
                text
            }
            None => format!("attempt to {verb} a {kind} value").into_bytes(),
        }
    }

    fn operand_name(&self, operand: Culprit) -> Option<(NameKind, &[u8])> {
        let Culprit::Register(register) = operand else { return None };
        let frame = self.frames().last()?;
        register_name(&frame.code()?.proto, frame.pc, u32::try_from(register).ok()?)
    }

    fn level_of(&self, mut level: usize) -> Option<Level> {
        for (index, frame) in self.frames().iter().enumerate().rev() {
            let host = index == 0 && self.is_main_thread() && matches!(frame.kind, FrameKind::Entry { .. });
            if !host && !frame.is_level() {
                continue;
            }
            if level == 0 {
                return Some(Level::Frame(index));
            }
            level -= 1;
            if level < frame.tail_calls {
                return Some(Level::TailCall);
            }
            level -= frame.tail_calls;
        }
        None
    }

    /// What the calling instruction names the function of the frame at an index.
    fn name_of_call(&self, index: usize) -> Option<(NameKind, &[u8])> {
        let frame = self.frames().get(index)?;
        if frame.tail_calls > 0 || !matches!(frame.then, Then::Results { .. } | Then::Iterate { .. }) {
            return None;
        }
        let caller = self.frames().get(index.checked_sub(1)?)?;
        call_name(&caller.code()?.proto, caller.pc)
    }

    /// "stack traceback:" and a line for each level of the running thread.
    pub(crate) fn traceback(&self) -> Vec<u8> {
        let count =
            self.frames().iter().filter(|frame| frame.is_level()).map(|frame| 1 + frame.tail_calls).sum::<usize>()
                + usize::from(self.is_main_thread());
        let mut text = b"stack traceback:".to_vec();
        let mut level = 0;
        while let Some(found) = self.level_of(level) {
            if level == FIRST_LEVELS && count > FIRST_LEVELS + LAST_LEVELS + 1 {
                text.extend_from_slice(b"\n\t...");
                level = count - LAST_LEVELS;
                continue;
            }
            text.extend_from_slice(b"\n\t");
            match found {
                Level::TailCall => text.extend_from_slice(b"(tail call): ?"),
                Level::Frame(index) => self.write_level(&mut text, index),
            }
            level += 1;
        }
        text
    }

    fn write_level(&self, text: &mut Vec<u8>, index: usize) {
        let Some(frame) = self.frames().get(index) else { return };
        match frame.code() {
            Some(code) => {
                write_chunk_id(text, &code.proto.source, ID_SIZE);
                text.extend_from_slice(format!(":{}:", code.proto.line(frame.pc)).as_bytes());
            }
            None => text.extend_from_slice(b"[C]:"),
        }
        match (self.name_of_call(index), frame.code()) {
            (Some((_, name)), _) => {
                text.extend_from_slice(b" in function '");
                text.extend_from_slice(name);
                text.push(b'\'');
            }
            (None, Some(code)) if code.proto.line_defined == 0 => text.extend_from_slice(b" in main chunk"),
            (None, Some(code)) => {
                text.extend_from_slice(b" in function <");
                write_chunk_id(text, &code.proto.source, ID_SIZE);
                text.extend_from_slice(format!(":{}>", code.proto.line_defined).as_bytes());
            }
            (None, None) => text.extend_from_slice(b" ?"),
        }
    }
}

/// `chunk:line: ` of a Lua function's frame; empty for another one.
fn position_of(frame: &CallFrame) -> Vec<u8> {
    let Some(code) = frame.code() else { return Vec::new() };
    let mut text = Vec::new();
    write_chunk_id(&mut text, &code.proto.source, ID_SIZE);
    text.extend_from_slice(format!(":{}: ", code.proto.line(frame.pc)).as_bytes());
    text
}
