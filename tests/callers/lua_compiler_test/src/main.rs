//! Disassembles what the compiler makes, and shows compile errors.

use ferrous::lua::error::LuaError;
use ferrous::lua::{compile, CompiledModule, OpCode};

fn opcode_from_u8(op: u8) -> Option<OpCode> {
    Some(match op {
        0 => OpCode::Move,
        1 => OpCode::LoadK,
        2 => OpCode::LoadBool,
        3 => OpCode::LoadNil,
        4 => OpCode::GetUpval,
        5 => OpCode::GetGlobal,
        6 => OpCode::SetGlobal,
        7 => OpCode::SetUpval,
        8 => OpCode::GetTable,
        9 => OpCode::SetTable,
        10 => OpCode::NewTable,
        11 => OpCode::Self_,
        12 => OpCode::Add,
        13 => OpCode::Sub,
        14 => OpCode::Mul,
        15 => OpCode::Div,
        16 => OpCode::Mod,
        17 => OpCode::Pow,
        18 => OpCode::Unm,
        19 => OpCode::Not,
        20 => OpCode::Len,
        21 => OpCode::Concat,
        22 => OpCode::Jmp,
        23 => OpCode::Eq,
        24 => OpCode::Lt,
        25 => OpCode::Le,
        26 => OpCode::Test,
        27 => OpCode::TestSet,
        28 => OpCode::Call,
        29 => OpCode::TailCall,
        30 => OpCode::Return,
        31 => OpCode::ForPrep,
        32 => OpCode::ForLoop,
        33 => OpCode::TForLoop,
        34 => OpCode::SetList,
        35 => OpCode::VarArg,
        36 => OpCode::Closure,
        37 => OpCode::Close,
        38 => OpCode::ExtraArg,
        _ => return None,
    })
}

fn disassemble(code: &[u32]) -> Vec<String> {
    code.iter()
        .enumerate()
        .map(|(pc, word)| {
            let op = opcode_from_u8((word & 0x3f) as u8).expect("a known opcode");
            let a = word >> 6 & 0xff;
            let c = word >> 14 & 0x1ff;
            let b = word >> 23 & 0x1ff;
            let sbx = (word >> 14 & 0x3ffff) as i32 - 131071;
            match op {
                OpCode::Jmp | OpCode::ForPrep | OpCode::ForLoop => format!("[{}] {:?} {} {}", pc, op, a, sbx),
                OpCode::LoadK | OpCode::GetGlobal | OpCode::SetGlobal | OpCode::Closure => {
                    format!("[{}] {:?} {} {}", pc, op, a, word >> 14 & 0x3ffff)
                }
                _ => format!("[{}] {:?} {} {} {}", pc, op, a, b, c),
            }
        })
        .collect()
}

fn show(module: &CompiledModule) {
    println!("params: {}, vararg: {}, stack: {}", module.num_params, module.is_vararg, module.max_stack_size);
    println!("upvalues: {}", module.upvalues.len());
    for (i, s) in module.strings.iter().enumerate() {
        println!("string {}: {}", i, s);
    }
    for (i, c) in module.constants.iter().enumerate() {
        println!("constant {}: {:?}", i, c);
    }
    for line in disassemble(&module.bytecode) {
        println!("{}", line);
    }
    for (i, p) in module.prototypes.iter().enumerate() {
        println!("function {}: {} params, vararg {}, stack {}", i, p.num_params, p.is_vararg, p.max_stack_size);
        println!("  {:?}", p.constants);
        for line in disassemble(&p.bytecode) {
            println!("  {}", line);
        }
    }
}

fn main() {
    let module =
        compile("local x = 1\nfor i = 1, 3 do x = x + i end\nlocal f = function(a) return a .. 'x' end\nreturn f(x)")
            .expect("it compiles");
    show(&module);
    let main = disassemble(&module.bytecode);
    assert_eq!(main[0], "[0] LoadK 0 0");
    assert!(main.iter().any(|line| line.contains("ForLoop 1 -2")), "{:?}", main);
    assert!(main.iter().any(|line| line.contains("Closure 1 ")), "{:?}", main);
    assert_eq!(module.prototypes.len(), 1);
    assert_eq!((module.prototypes[0].num_params, module.prototypes[0].is_vararg), (1, false));
    assert!(disassemble(&module.prototypes[0].bytecode).iter().any(|line| line.contains("Concat")));
    assert_eq!(format!("{:?}", module.prototypes[0].constants), "[String(0)]");
    assert_eq!(module.strings, ["x"]);
    match compile("local = 5") {
        Err(LuaError::SyntaxError { message, line, column }) => {
            println!("Syntax error at {}:{}: {}", line, column, message);
            assert_eq!((line, column), (1, 7));
        }
        Err(LuaError::CompileError(msg)) => panic!("Compile error: {}", msg),
        Err(e) => panic!("Other error: {}", e),
        Ok(_) => panic!("it should not compile"),
    }
    // These used to panic.
    for nothing in ["", "  \n", "-- a comment"] {
        assert_eq!(compile(nothing).expect("an empty chunk").prototypes.len(), 0);
    }
}
