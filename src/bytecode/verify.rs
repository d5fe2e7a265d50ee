//! The static check of a function, in the spirit of PUC's `luaG_checkcode`.
//!
//! Whatever comes from outside (a dump) passes through here before an engine sees it. [`verify`] guarantees, for the
//! function and all functions nested in it:
//!
//! 1.  There is code, less than 2^26 words, and its last word is `RETURN`; so execution never runs off the end.
//! 2.  Every word has a known opcode, and operands that mean nothing are 0.
//! 3.  Every register an instruction names, or implies (`SELF`, `LOADNIL`, `CONCAT`, calls, loops, `SETLIST`), is less
//!     than `max_stack_size`, which is between 2 and 250. Parameters, with an implicit `arg`, have registers.
//! 4.  Every constant index is in range. `CLOSURE` names a function and nothing else does; names of globals are
//!     strings. A number that is no number is the one NaN of `f64::NAN`'s bits.
//! 5.  Every upvalue index is in range, of at most 60.
//! 6.  A nested function captures registers and upvalues that its parent has. (What the outermost function captures
//!     means nothing and is not checked.)
//! 7.  Flags (of tests, comparisons, `LOADBOOL`) are 0 or 1.
//! 8.  Every jump and skip lands on an instruction, never on an `EXTRAARG` word.
//! 9.  A test (`EQ`, `LT`, `LE`, `TEST`, `TESTSET`, `TFORLOOP`) is followed by `JMP`. Something else may jump to that
//!     `JMP`, too: the compiler's relays do.
//! 10. `FORPREP` jumps to a `FORLOOP` with the same `A`, which jumps to just after that `FORPREP`; each has one of the
//!     other.
//! 11. `SETLIST` with `C` = 0 is followed by `EXTRAARG`, which is at least 1 and stands nowhere else.
//! 12. An instruction with open results (`CALL` with `C` = 0, `VARARG` with `B` = 0, every `TAILCALL`) is followed by
//!     one that takes them (`CALL`, `TAILCALL`, `RETURN` or `SETLIST` with `B` = 0), whose operands begin no higher
//!     than the results; and that one is reached in no other way. `TAILCALL` is followed by `RETURN`.
//! 13. `VARARG` is in vararg functions only, whose `arg` needs not be filled.
//! 14. The size hints of `NEWTABLE` are in proportion to the length of the code.
//! 15. Functions nest at most 200 deep.
//! 16. Lines, if any, are as many as words. Local variables are at most 32767, begin in order, and end inside the code.
//!
//! It says nothing about values. An engine still has to check that what `SETLIST` stores to is a table and what
//! `FORLOOP` counts are numbers (debug.setlocal could change those anyway), and has to make every register of a frame
//! nil before the function begins.

use std::fmt;

use super::{Constant, Format, Instruction, OpCode, Operand, Proto};
use crate::host_stack::{OutOfStack, with_room};

/// How deep functions may nest.
pub const MAX_DEPTH: usize = 200;
const MAX_CODE: usize = 1 << 26;
const MAX_LOCALS: usize = i16::MAX as usize;
const MAX_UPVALUES: usize = 60;
const REGISTERS: std::ops::RangeInclusive<u8> = 2..=250;

/// Why a function was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    /// What is wrong.
    pub reason: &'static str,
    /// The instruction, if it is one that is wrong.
    pub pc: Option<usize>,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pc {
            Some(pc) => write!(f, "{} at instruction {}", self.reason, pc + 1),
            None => f.write_str(self.reason),
        }
    }
}

impl std::error::Error for VerifyError {}

type Result = std::result::Result<(), VerifyError>;

/// Checks a function and all functions nested in it.
///
/// # Errors
/// If one of the invariants above does not hold.
pub fn verify(proto: &Proto) -> Result {
    verify_at(proto, 0)
}

fn verify_at(proto: &Proto, depth: usize) -> Result {
    ensure(depth < MAX_DEPTH, "functions nest too deep")?;
    verify_header(proto)?;
    let checker = Checker { proto, landed: landings(proto)? };
    for pc in 0..proto.code.len() {
        checker.instruction(pc).map_err(|reason| VerifyError { reason, pc: Some(pc) })?;
    }
    for function in proto.functions() {
        for upvalue in &function.upvalues {
            let limit = if upvalue.in_stack { proto.max_stack_size.into() } else { proto.upvalues.len() };
            ensure(usize::from(upvalue.index) < limit, "an upvalue captures nothing")?;
        }
        let nested = with_room(|| verify_at(function, depth + 1));
        nested.unwrap_or_else(|OutOfStack| ensure(false, "functions nest too deep"))?;
    }
    Ok(())
}

fn ensure(holds: bool, reason: &'static str) -> Result {
    if holds { Ok(()) } else { Err(VerifyError { reason, pc: None }) }
}

fn verify_header(proto: &Proto) -> Result {
    let vararg = proto.vararg;
    ensure(REGISTERS.contains(&proto.max_stack_size), "bad number of registers")?;
    let fixed = usize::from(proto.num_params) + usize::from(vararg.has_arg);
    ensure(fixed <= proto.max_stack_size.into(), "more parameters than registers")?;
    ensure(proto.clean_registers <= proto.max_stack_size, "more clean registers than registers")?;
    ensure(vararg.is_vararg || !vararg.has_arg, "an arg without varargs")?;
    ensure(vararg.has_arg || !vararg.needs_arg, "no arg to be filled")?;
    ensure(proto.upvalues.len() <= MAX_UPVALUES, "too many upvalues")?;
    ensure(proto.code.len() < MAX_CODE, "too much code")?;
    let last = proto.code.last().and_then(|word| word.try_opcode());
    ensure(last == Some(OpCode::Return), "no return at the end")?;
    ensure(proto.lines.is_empty() || proto.lines.len() == proto.code.len(), "bad number of lines")?;
    ensure(proto.locals.len() <= MAX_LOCALS, "too many local variables")?;
    let mut start = 0;
    for local in &proto.locals {
        let in_code = local.start_pc <= local.end_pc && local.end_pc as usize <= proto.code.len();
        ensure(in_code && start <= local.start_pc, "a local variable out of order")?;
        start = local.start_pc;
    }
    ensure(most_live(proto) <= proto.max_stack_size.into(), "more live local variables than registers")?;
    let is_canonical = |constant: &Constant| match constant {
        Constant::Number(n) => !n.is_nan() || n.to_bits() == f64::NAN.to_bits(),
        _ => true,
    };
    ensure(proto.constants.iter().all(is_canonical), "a number that is none")
}

/// How many local variables are live at the same time, at most.
fn most_live(proto: &Proto) -> usize {
    let mut ends: Vec<u32> = proto.locals.iter().map(|local| local.end_pc).collect();
    ends.sort_unstable();
    // There are as many as ever where one begins: those that have begun, without those that have ended.
    let live_at =
        |pc: u32| proto.locals.partition_point(|local| local.start_pc <= pc) - ends.partition_point(|&end| end <= pc);
    proto.locals.iter().map(|local| live_at(local.start_pc)).max().unwrap_or(0)
}

/// The target of the jump at `pc`, if there is an instruction.
fn jump_target(proto: &Proto, pc: usize, word: Instruction) -> Option<usize> {
    let target = usize::try_from(pc as i64 + 1 + i64::from(word.sbx())).ok()?;
    (target < proto.code.len()).then_some(target)
}

/// Which instructions are reached other than from the one before them.
fn landings(proto: &Proto) -> std::result::Result<Vec<bool>, VerifyError> {
    let mut landed = vec![false; proto.code.len()];
    for (pc, &word) in proto.code.iter().enumerate() {
        let error = |reason| VerifyError { reason, pc: Some(pc) };
        let op = word.try_opcode().ok_or(error("unknown opcode"))?;
        if op.format() == Format::AsBx {
            landed[jump_target(proto, pc, word).ok_or(error("a jump out of the code"))?] = true;
        }
        if op.is_test() || op == OpCode::LoadBool && word.c() != 0 {
            *landed.get_mut(pc + 2).ok_or(error("a skip out of the code"))? = true;
        }
    }
    Ok(landed)
}

struct Checker<'a> {
    proto: &'a Proto,
    /// Targets of jumps and skips.
    landed: Vec<bool>,
}

type Check = std::result::Result<(), &'static str>;

fn check(holds: bool, reason: &'static str) -> Check {
    if holds { Ok(()) } else { Err(reason) }
}

impl Checker<'_> {
    fn word(&self, pc: usize) -> Option<Instruction> {
        self.proto.code.get(pc).copied()
    }

    /// The instruction at `pc`, if it has this opcode.
    fn word_if(&self, pc: Option<usize>, op: OpCode) -> Option<Instruction> {
        self.word(pc?).filter(|word| word.try_opcode() == Some(op))
    }

    fn register(&self, register: u32) -> Check {
        check(register < u32::from(self.proto.max_stack_size), "a register that is none")
    }

    fn constant(&self, op: OpCode, index: u32) -> Check {
        let constant = self.proto.constants.get(index as usize).ok_or("a constant that is none")?;
        let fits = match op {
            OpCode::Closure => matches!(constant, Constant::Function(_)),
            OpCode::GetGlobal | OpCode::SetGlobal => matches!(constant, Constant::String(_)),
            _ => !matches!(constant, Constant::Function(_)),
        };
        check(fits, "a constant of the wrong kind")
    }

    fn operand(&self, op: OpCode, operand: Operand, value: u32) -> Check {
        match operand {
            Operand::Unused => check(value == 0, "an unused operand is not 0"),
            Operand::Target | Operand::Register => self.register(value),
            Operand::Constant => self.constant(op, value),
            Operand::Rk => match Instruction::constant_of(value) {
                Some(index) => self.constant(op, index),
                None => self.register(value),
            },
            Operand::Upvalue => check((value as usize) < self.proto.upvalues.len(), "an upvalue that is none"),
            // Jumps were looked at for the landings; counts mean something else for each opcode.
            Operand::Count | Operand::Jump => Ok(()),
        }
    }

    fn instruction(&self, pc: usize) -> Check {
        let Some(word) = self.word(pc) else { return Ok(()) };
        let op = word.try_opcode().ok_or("unknown opcode")?;
        let [a, b, c] = op.operands();
        match op.format() {
            Format::ABC => {
                self.operand(op, a, word.a())?;
                self.operand(op, b, word.b())?;
                self.operand(op, c, word.c())?;
            }
            Format::ABx => {
                self.operand(op, a, word.a())?;
                self.operand(op, b, word.bx())?;
            }
            Format::AsBx => self.operand(op, a, word.a())?,
            Format::Ax => {}
        }
        if op.is_test() {
            check(self.word_if(Some(pc + 1), OpCode::Jmp).is_some(), "a test without a jump")?;
        }
        let (a, b, c) = (word.a(), word.b(), word.c());
        match op {
            OpCode::LoadBool => check(b <= 1 && c <= 1, "a flag that is none"),
            OpCode::Eq | OpCode::Lt | OpCode::Le => check(a <= 1, "a flag that is none"),
            OpCode::Test | OpCode::TestSet => check(c <= 1, "a flag that is none"),
            OpCode::LoadNil => check(a <= b, "a range that is none"),
            OpCode::Concat => check(b < c, "a range that is none"),
            OpCode::Self_ => self.register(a + 1),
            OpCode::NewTable => check(self.is_fair_size(b) && self.is_fair_size(c), "an exaggerated table size"),
            OpCode::Call | OpCode::TailCall => self.call(pc, op, word),
            OpCode::Return => match b {
                0 => self.takes_open(pc, a),
                _ => self.register((a + b).saturating_sub(2)),
            },
            OpCode::VarArg => {
                let vararg = self.proto.vararg;
                check(vararg.is_vararg && !vararg.needs_arg, "varargs in another function")?;
                match b {
                    0 => self.gives_open(pc),
                    _ => self.register((a + b).saturating_sub(2)),
                }
            }
            OpCode::SetList => {
                match b {
                    0 => self.takes_open(pc, a + 1)?,
                    _ => self.register(a + b)?,
                }
                let extra = self.word_if(Some(pc + 1), OpCode::ExtraArg);
                check(c != 0 || extra.is_some_and(|extra| extra.ax() > 0), "no extra argument")
            }
            OpCode::ExtraArg => {
                let before = self.word_if(pc.checked_sub(1), OpCode::SetList);
                check(before.is_some_and(|list| list.c() == 0), "an extra argument of nothing")?;
                check(!self.landed[pc], "a jump to an extra argument")
            }
            OpCode::TForLoop => {
                check(c >= 1, "a loop without variables")?;
                // The generator is called above the state, whatever number of results there is.
                self.register(a + 2 + c.max(3))
            }
            OpCode::ForPrep => {
                self.register(a + 3)?;
                let end = jump_target(self.proto, pc, word);
                let fits = self.word_if(end, OpCode::ForLoop).is_some_and(|end_word| {
                    end_word.a() == a && end.and_then(|end| jump_target(self.proto, end, end_word)) == Some(pc + 1)
                });
                check(fits, "a loop without an end")
            }
            OpCode::ForLoop => {
                self.register(a + 3)?;
                let start = jump_target(self.proto, pc, word).and_then(|body| body.checked_sub(1));
                let fits = self.word_if(start, OpCode::ForPrep).is_some_and(|start_word| {
                    start_word.a() == a
                        && start.and_then(|start| jump_target(self.proto, start, start_word)) == Some(pc)
                });
                check(fits, "a loop without a beginning")
            }
            _ => Ok(()),
        }
    }

    fn call(&self, pc: usize, op: OpCode, word: Instruction) -> Check {
        let (a, b, c) = (word.a(), word.b(), word.c());
        match b {
            0 => self.takes_open(pc, a + 1)?,
            _ => self.register(a + b - 1)?,
        }
        if op == OpCode::TailCall {
            check(c == 0, "a tail call with results of its own")?;
            check(self.word_if(Some(pc + 1), OpCode::Return).is_some(), "a tail call without a return")?;
        }
        match c {
            0 => self.gives_open(pc),
            _ => self.register((a + c).saturating_sub(2)),
        }
    }

    /// Checks that the instruction after `pc` takes its open results.
    fn gives_open(&self, pc: usize) -> Check {
        let takes = self.word(pc + 1).is_some_and(|next| {
            let op = next.try_opcode();
            let can = matches!(op, Some(OpCode::Call | OpCode::TailCall | OpCode::Return | OpCode::SetList));
            can && next.b() == 0
        });
        check(takes, "open results that nothing takes")
    }

    /// Checks that the instruction at `pc`, which takes values from register `first` up, comes after open results.
    fn takes_open(&self, pc: usize, first: u32) -> Check {
        let Some(before) = pc.checked_sub(1).and_then(|before| self.word(before)) else {
            return Err("no open results");
        };
        let gives = match before.try_opcode() {
            Some(OpCode::Call | OpCode::TailCall) => before.c() == 0,
            Some(OpCode::VarArg) => before.b() == 0,
            _ => false,
        };
        check(gives && first <= before.a(), "no open results")?;
        check(!self.landed[pc], "a jump past open results")
    }

    /// Whether a size hint can be that of a constructor in this code: an instruction makes 50 items at most.
    fn is_fair_size(&self, byte: u32) -> bool {
        let (exponent, mantissa) = (byte >> 3, u64::from(byte & 7));
        let size = match exponent {
            0 => mantissa,
            1..=31 => (mantissa + 8) << (exponent - 1),
            _ => return false,
        };
        size <= 64 * (self.proto.code.len() as u64 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::compile;
    use pretty_assertions::assert_eq;

    fn compiled(source: &str) -> Proto {
        (*compile(source.as_bytes(), b"=t").unwrap()).clone()
    }

    fn reason(proto: &Proto) -> &'static str {
        verify(proto).unwrap_err().reason
    }

    #[test]
    fn accepts_compiled_code() {
        let items = "f(), ".repeat(60);
        let source = format!(
            "local a, b = ... for i = 1, 2 do for k in pairs(a) do b[k] = i end end
            local function f(...) return f(...), {{{items} ...}}, a .. b .. 1 end
            while a and b or not a do if a == b then break end a = -b end return f(a:b(...))"
        );
        assert_eq!(verify(&compiled(&source)), Ok(()));
    }

    #[test]
    fn accepts_long_constructors() {
        let proto = compiled(&format!("return {{{}}}", "nil,".repeat(30_000)));
        assert!(proto.code.iter().any(|word| word.opcode() == OpCode::ExtraArg));
        assert_eq!(verify(&proto), Ok(()));
    }

    #[test]
    fn rejects_bad_words() {
        let good = compiled("local a, b = ... ; a = b");
        let last = good.code.len() - 1;
        let mut cases = vec![
            (Instruction(63), "unknown opcode"),
            (Instruction::abc(OpCode::Move, 9, 0, 0), "a register that is none"),
            (Instruction::abc(OpCode::Move, 0, 1, 1), "an unused operand is not 0"),
            (Instruction::abx(OpCode::LoadK, 0, 9), "a constant that is none"),
            (Instruction::abc(OpCode::GetUpval, 0, 0, 0), "an upvalue that is none"),
            (Instruction::asbx(OpCode::Jmp, 0, 9), "a jump out of the code"),
            (Instruction::asbx(OpCode::Jmp, 0, -9), "a jump out of the code"),
            (Instruction::abc(OpCode::Test, 0, 0, 0), "a skip out of the code"),
            (Instruction::abc(OpCode::Call, 0, 1, 0), "open results that nothing takes"),
            (Instruction::abc(OpCode::Call, 0, 0, 1), "no open results"),
            (Instruction::abc(OpCode::Return, 0, 0, 0), "no open results"),
            (Instruction::extra(1), "an extra argument of nothing"),
            (Instruction::abc(OpCode::NewTable, 0, 0x1ff, 0), "an exaggerated table size"),
            (Instruction::asbx(OpCode::ForPrep, 0, 0), "a register that is none"),
        ];
        for (word, expected) in cases.drain(..) {
            let mut proto = good.clone();
            proto.code[last - 1] = word;
            assert_eq!(reason(&proto), expected, "{word:?}");
        }
    }

    #[test]
    fn rejects_bad_headers() {
        let good = compiled("return 1");
        let broken = |change: fn(&mut Proto)| {
            let mut proto = good.clone();
            change(&mut proto);
            reason(&proto)
        };
        assert_eq!(broken(|proto| proto.max_stack_size = 1), "bad number of registers");
        assert_eq!(broken(|proto| proto.num_params = 3), "more parameters than registers");
        assert_eq!(broken(|proto| proto.code.clear()), "no return at the end");
        assert_eq!(broken(|proto| proto.lines.truncate(1)), "bad number of lines");
        let crowd = |proto: &mut Proto| {
            let local = crate::bytecode::LocalVar { name: (*b"x").into(), start_pc: 0, end_pc: 2 };
            proto.locals = vec![local; 3];
        };
        assert_eq!(broken(crowd), "more live local variables than registers");
        assert_eq!(
            broken(|proto| proto.constants[0] = Constant::Number(f64::from_bits(0xfff8_0000_0000_0001))),
            "a number that is none"
        );
    }

    #[test]
    fn jumps_past_open_results_are_rejected() {
        let mut proto = compiled("local a = ... ; return a, ...");
        let last = proto.code.len() - 1;
        // The final return becomes unreachable; something jumps back to the return before it.
        proto.code.insert(last, Instruction::asbx(OpCode::Jmp, 0, -2));
        proto.lines.push(1);
        assert_eq!(reason(&proto), "a jump past open results");
    }
}
