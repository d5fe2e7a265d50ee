//! What a script executes: the counts of `ferrous --profile`, read from the text that it prints.

use std::io;
use std::path::Path;

use super::child::End;
use super::engine::Host;
use crate::bytecode::OpCode;
use crate::router::opcode_named;

/// How much longer than without a profile a run may take: counting makes programs several times slower.
const SLOWER: u32 = 8;

/// The executed instructions of a run, most frequent first; `None` if it did not come to its end.
///
/// # Errors
/// If the program cannot be started.
pub(super) fn instructions(host: &Host, script: &Path) -> io::Result<Option<Vec<(OpCode, u64)>>> {
    let run = host.run_with(&["--profile".to_owned()], script, &[], host.limit.saturating_mul(SLOWER))?;
    match run.outcome.end {
        End::Exit(_) => Ok(parse(&String::from_utf8_lossy(&run.outcome.stderr))),
        _ => Ok(None),
    }
}

/// The rows below the last heading `Opcodes`: count, share, name.
fn parse(text: &str) -> Option<Vec<(OpCode, u64)>> {
    let (_, rows) = text.rsplit_once("\nOpcodes\n")?;
    let counts = rows.lines().skip(1).map_while(|row| {
        let mut words = row.split_whitespace();
        let count = words.next()?.parse().ok()?;
        Some((opcode_named(words.nth(1)?)?, count))
    });
    Some(counts.collect())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::vm::LuaVM;

    #[test]
    fn the_profile_of_the_program_is_understood() {
        let mut vm = LuaVM::with_stdlib().unwrap();
        vm.start_profile();
        vm.eval("local s = 0 for i = 1, 1000 do s = s + i end return s").unwrap();
        let expected: Vec<(OpCode, u64)> =
            vm.profile().unwrap().opcodes.iter().map(|row| (row.opcode, row.count)).collect();
        let counts = parse(&format!("something of the script\n{}", vm.profile_report())).unwrap();
        assert_eq!(counts, expected);
        assert!(counts.contains(&(OpCode::Add, 1000)));
        assert_eq!(parse("ferrous: an error\n"), None);
    }
}
