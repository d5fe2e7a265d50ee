//! Names for values in error messages: which variable a register's value came from.
//!
//! As `ldebug.c` does it: the code before an instruction is executed symbolically (in a straight line, following
//! forward jumps only) to find the instruction that set the register last. The result is a good guess, no more, and has
//! to be the same guess as PUC's. Time is linear in the length of the code, and nothing here panics, verified or not.

use super::{Constant, Instruction, OpCode, Operand, Proto};

/// What kind of variable a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A global variable.
    Global,
    /// A local variable.
    Local,
    /// A method, looked up by `object:name`.
    Method,
    /// A field of a table.
    Field,
    /// A local variable of an enclosing function.
    Upvalue,
}

impl NameKind {
    /// PUC's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            NameKind::Global => "global",
            NameKind::Local => "local",
            NameKind::Method => "method",
            NameKind::Field => "field",
            NameKind::Upvalue => "upvalue",
        }
    }
}

impl std::fmt::Display for NameKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a name is when it is none (a key that is no string constant, or an upvalue without debug information).
const UNKNOWN: &[u8] = b"?";

/// The name of the value that register `reg` holds when the instruction at `pc` is about to be executed.
pub fn register_name(proto: &Proto, pc: usize, reg: u32) -> Option<(NameKind, &[u8])> {
    let mut reg = reg;
    loop {
        if let Some(name) = proto.local_name(reg as usize + 1, pc) {
            return Some((NameKind::Local, name));
        }
        let word = last_change(proto, pc, reg)?;
        return match word.try_opcode()? {
            OpCode::GetGlobal => match proto.constants.get(word.bx() as usize) {
                Some(Constant::String(name)) => Some((NameKind::Global, c_string(name))),
                _ => None,
            },
            OpCode::Move if word.b() < word.a() => {
                // Each step goes to a lower register, so there are few.
                reg = word.b();
                continue;
            }
            OpCode::GetTable => Some((NameKind::Field, key_name(proto, word.c()))),
            OpCode::Self_ => Some((NameKind::Method, key_name(proto, word.c()))),
            OpCode::GetUpval => {
                let name = proto.upvalues.get(word.b() as usize).map(|upvalue| &*upvalue.name);
                Some((NameKind::Upvalue, name.filter(|name| !name.is_empty()).unwrap_or(UNKNOWN)))
            }
            _ => None,
        };
    }
}

/// The name of the function that the instruction at `pc` calls; `None` if it calls none, or one without a name.
pub fn call_name(proto: &Proto, pc: usize) -> Option<(NameKind, &[u8])> {
    let word = *proto.code.get(pc)?;
    match word.try_opcode()? {
        OpCode::Call | OpCode::TailCall | OpCode::TForLoop => register_name(proto, pc, word.a()),
        _ => None,
    }
}

fn key_name(proto: &Proto, rk: u32) -> &[u8] {
    match Instruction::constant_of(rk).and_then(|index| proto.constants.get(index as usize)) {
        Some(Constant::String(name)) => c_string(name),
        _ => UNKNOWN,
    }
}

/// As much of a name as C's `%s` shows.
fn c_string(name: &[u8]) -> &[u8] {
    &name[..memchr::memchr(0, name).unwrap_or(name.len())]
}

/// The last instruction before `last_pc` to change `reg`: PUC's `symbexec`.
fn last_change(proto: &Proto, last_pc: usize, reg: u32) -> Option<Instruction> {
    let mut found = None;
    let mut pc = 0;
    while pc < last_pc {
        let word = *proto.code.get(pc)?;
        let op = word.try_opcode()?;
        let a = word.a();
        let changes = match op {
            OpCode::LoadNil => (a..=word.b()).contains(&reg),
            OpCode::Self_ => reg == a || reg == a + 1,
            OpCode::TForLoop => reg >= a + 2,
            OpCode::Call | OpCode::TailCall => reg >= a,
            // PUC's table says that TEST sets its register.
            OpCode::Test => reg == a,
            _ => op.operands()[0] == Operand::Target && reg == a,
        };
        if changes {
            found = Some(word);
        }
        pc += 1;
        match op {
            OpCode::Jmp | OpCode::ForLoop | OpCode::ForPrep => {
                // A jump back, or past the instruction in question, is not taken.
                if let Ok(skipped) = usize::try_from(word.sbx())
                    && pc + skipped <= last_pc
                {
                    pc += skipped;
                }
            }
            OpCode::SetList if word.c() == 0 => pc += 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::compile;
    use pretty_assertions::assert_eq;

    /// The names of everything that is called in the first function, or the main chunk if there is none.
    fn calls(source: &str) -> Vec<String> {
        let main = compile(source.as_bytes(), b"=t").unwrap();
        let proto = main.functions().next().unwrap_or(&main);
        let is_call =
            |&pc: &usize| matches!(proto.code[pc].opcode(), OpCode::Call | OpCode::TailCall | OpCode::TForLoop);
        let name = |pc| match call_name(proto, pc) {
            Some((kind, name)) => format!("{kind} {}", String::from_utf8_lossy(name)),
            None => "-".to_string(),
        };
        (0..proto.code.len()).filter(is_call).map(name).collect()
    }

    #[test]
    fn call_names() {
        assert_eq!(calls("f() a.b() a:c() a[1]()"), ["global f", "field b", "method c", "field ?"]);
        assert_eq!(calls("local f f() local x = f() ; (f or g)()"), ["local f", "local f", "-"]);
        assert_eq!(calls("local u local function x() u() return u() end"), ["upvalue u", "upvalue u"]);
        assert_eq!(calls("f()()"), ["global f", "-"]);
        assert_eq!(calls("for k in a do end"), ["local (for generator)"]);
    }

    #[test]
    fn operands() {
        let proto = compile(b"local a ; return x.y.z + a", b"=t").unwrap();
        let add = proto.code.iter().position(|word| word.opcode() == OpCode::Add).unwrap();
        let word = proto.code[add];
        assert_eq!(register_name(&proto, add, word.b()), Some((NameKind::Field, &b"z"[..])));
        assert_eq!(register_name(&proto, add, word.c()), Some((NameKind::Local, &b"a"[..])));
    }

    #[test]
    fn any_code_is_survived() {
        let mut proto = (*compile(b"local a = b", b"=t").unwrap()).clone();
        let mut seed = 7u32;
        for _ in 0..2000 {
            proto.code = (0..20)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    Instruction(seed >> 3)
                })
                .collect();
            for pc in 0..25 {
                call_name(&proto, pc);
                register_name(&proto, pc, seed >> 24);
            }
        }
    }
}
