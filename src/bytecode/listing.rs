//! Listings of compiled functions, in the manner of `luac -l`.
//!
//! The operands are shown as the opcode table describes them, constants as negative numbers. Different from `luac`:
//! there are no addresses, a nested function is a constant, and an `EXTRAARG` word has a line of its own.

use std::fmt::Write as _;

use super::{Constant, Format, Instruction, OpCode, Operand, Proto};
use crate::kernel::number::write_number;

/// Appends the listing of a function; of the functions nested in it, too, if `recursive`.
pub fn write_listing(proto: &Proto, out: &mut String, recursive: bool) {
    write_header(proto, out);
    for (pc, &word) in proto.code.iter().enumerate() {
        write_instruction(proto, pc, word, out);
    }
    if recursive {
        for function in proto.functions() {
            write_listing(function, out, true);
        }
    }
}

fn location(proto: &Proto) -> String {
    let name = match &*proto.source {
        [b'@' | b'=', rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0x1b, ..] => "(bstring)".to_string(),
        _ => "(string)".to_string(),
    };
    format!("<{name}:{},{}>", proto.line_defined, proto.last_line_defined)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn write_header(proto: &Proto, out: &mut String) {
    let kind = if proto.line_defined == 0 { "main" } else { "function" };
    let functions = proto.functions().count();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n{kind} {} ({}, {} bytes)\n{}{} param{}, {}, {}, {}, {}, {}\n",
        location(proto),
        counted(proto.code.len(), "instruction"),
        proto.code.len() * size_of::<Instruction>(),
        proto.num_params,
        if proto.vararg.is_vararg { "+" } else { "" },
        if proto.num_params == 1 { "" } else { "s" },
        counted(proto.max_stack_size.into(), "slot"),
        counted(proto.upvalues.len(), "upvalue"),
        counted(proto.locals.len(), "local"),
        counted(proto.constants.len() - functions, "constant"),
        counted(functions, "function"),
    );
}

fn write_instruction(proto: &Proto, pc: usize, word: Instruction, out: &mut String) {
    let _ = write!(out, "\t{}\t", pc + 1);
    match proto.line(pc) {
        0 => out.push_str("[-]\t"),
        line => {
            let _ = write!(out, "[{line}]\t");
        }
    }
    let Some(op) = word.try_opcode() else {
        let _ = writeln!(out, "?{:#010x}", word.0);
        return;
    };
    let _ = write!(out, "{op:<9}\t");
    write_operands(op, word, out);
    write_comment(proto, pc, op, word, out);
    out.push('\n');
}

fn write_operands(op: OpCode, word: Instruction, out: &mut String) {
    let [a, b, c] = op.operands();
    let fields = match op.format() {
        Format::ABC => [(a, word.a().into()), (b, word.b().into()), (c, word.c().into())],
        Format::ABx => [(a, word.a().into()), (b, word.bx().into()), (c, 0)],
        Format::AsBx => [(a, word.a().into()), (b, word.sbx().into()), (c, 0)],
        Format::Ax => [(a, word.ax().into()), (b, 0), (c, 0)],
    };
    let mut separator = "";
    for (operand, value) in fields {
        let value: i64 = match operand {
            // luac shows TEST's B, too, which nothing uses.
            Operand::Unused if op != OpCode::Test => continue,
            Operand::Constant => -1 - value,
            Operand::Rk => match Instruction::constant_of(value as u32) {
                Some(index) => -1 - i64::from(index),
                None => value,
            },
            _ => value,
        };
        let _ = write!(out, "{separator}{value}");
        separator = " ";
    }
}

fn write_comment(proto: &Proto, pc: usize, op: OpCode, word: Instruction, out: &mut String) {
    match op {
        OpCode::LoadK | OpCode::Closure => {
            out.push_str("\t; ");
            write_constant(proto, word.bx(), out);
        }
        OpCode::GetUpval | OpCode::SetUpval => {
            let name = proto.upvalues.get(word.b() as usize).map_or(&b"-"[..], |upvalue| &upvalue.name);
            let name = if name.is_empty() { "-".into() } else { String::from_utf8_lossy(name) };
            let _ = write!(out, "\t; {name}");
        }
        OpCode::GetGlobal | OpCode::SetGlobal => match proto.constants.get(word.bx() as usize) {
            Some(Constant::String(name)) => {
                let _ = write!(out, "\t; {}", String::from_utf8_lossy(name));
            }
            _ => out.push_str("\t; ?"),
        },
        OpCode::Jmp | OpCode::ForLoop | OpCode::ForPrep => {
            let _ = write!(out, "\t; to {}", i64::from(word.sbx()) + pc as i64 + 2);
        }
        OpCode::SetList => {
            let batch = match word.c() {
                0 => proto.code.get(pc + 1).map_or(0, |extra| extra.ax()),
                c => c,
            };
            let _ = write!(out, "\t; {batch}");
        }
        OpCode::GetTable | OpCode::Self_ => {
            if let Some(index) = Instruction::constant_of(word.c()) {
                out.push_str("\t; ");
                write_constant(proto, index, out);
            }
        }
        // luac says nothing about the constants of MOD.
        _ if op != OpCode::Mod && op.operands()[1..] == [Operand::Rk; 2] => {
            let constants = [word.b(), word.c()].map(Instruction::constant_of);
            if constants == [None; 2] {
                return;
            }
            out.push_str("\t;");
            for constant in constants {
                out.push(' ');
                match constant {
                    Some(index) => write_constant(proto, index, out),
                    None => out.push('-'),
                }
            }
        }
        _ => {}
    }
}

fn write_constant(proto: &Proto, index: u32, out: &mut String) {
    match proto.constants.get(index as usize) {
        Some(Constant::Nil) => out.push_str("nil"),
        Some(Constant::Boolean(b)) => {
            let _ = write!(out, "{b}");
        }
        Some(Constant::Number(n)) => {
            let mut text = Vec::new();
            write_number(&mut text, *n);
            out.push_str(&String::from_utf8_lossy(&text));
        }
        Some(Constant::String(string)) => write_string(string, out),
        Some(Constant::Function(function)) => {
            let _ = write!(out, "function {}", location(function));
        }
        None => out.push('?'),
    }
}

fn write_string(string: &[u8], out: &mut String) {
    out.push('"');
    for &byte in string {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            7 => out.push_str("\\a"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            11 => out.push_str("\\v"),
            b' '..=b'~' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "\\{byte:03}");
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::compile;
    use pretty_assertions::assert_eq;

    #[test]
    fn looks_like_luac() {
        let proto = compile(b"local a = 'x\\n' if a then b = a + 1 end", b"@f.lua").unwrap();
        let mut text = String::new();
        write_listing(&proto, &mut text, true);
        let expected = "
main <f.lua:0,0> (6 instructions, 24 bytes)
0+ params, 2 slots, 0 upvalues, 1 local, 3 constants, 0 functions
\t1\t[1]\tLOADK    \t0 -1\t; \"x\\n\"
\t2\t[1]\tTEST     \t0 0 0
\t3\t[1]\tJMP      \t2\t; to 6
\t4\t[1]\tADD      \t1 0 -3\t; - 1
\t5\t[1]\tSETGLOBAL\t1 -2\t; b
\t6\t[1]\tRETURN   \t0 1
";
        assert_eq!(text, expected);
    }

    #[test]
    fn any_words_can_be_listed() {
        let mut proto = (*compile(b"return 1", b"=x").unwrap()).clone();
        proto.code = (0..64).map(|op| Instruction(op | 0xffff_ff00)).collect();
        let mut text = String::new();
        write_listing(&proto, &mut text, false);
        assert_eq!(text.lines().count(), 67);
    }
}
