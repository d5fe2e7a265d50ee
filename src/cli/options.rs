//! The command line, as `lua.c` reads it: letters with a dash, of which `-e` and `-l` may have their operand
//! attached, and long options, which `lua.c` has none of.
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::KeyOrder;

/// The first part of the help, which is also shown after a wrong option.
pub(super) const USAGE: &str = "\
usage: ferrous [options] [script [args]]
Available options are:
  -e stat  execute string 'stat'
  -l name  require library 'name'; if it is a file, or ends with \".lua\",
           list its bytecode instead, as 'luac -l' does
  -i       enter interactive mode after executing 'script'
  -v       show version information
  --       stop handling options
  -        execute stdin and stop handling options
  --memory-limit SIZE   limit the memory (in bytes, or with K, M or G)
  --fuel N              limit the number of instructions
  --timeout SECONDS     limit the time
  --hash-seed N         keep string keys in the order that this seed gives
  --puc-order           keep string keys in the order that PUC's Lua has
  --allow-bytecode      let precompiled chunks be loaded
  --profile             show what took the time, at the end
  --vm core|legacy      run on the core (the default) or on the old VM
  --ops ROUTES          route opcodes, as in CALL=legacy,arith=shadow:1%
  --ops-seed N          the seed of such percentages
  --shadow-strict       stop at the first mismatch of a shadow run
  --shadow-report FILE  write each mismatch to FILE as a line of JSON
  --help                show help
";

/// The rest of the help.
pub(super) const HELP: &str = "
Options are handled in their order, before the script; it gets the other
arguments as '...' and in the table 'arg'. Without a script and '-e', Lua is read
from standard input, line by line if that is a terminal.

A limit that is reached ends the program: it cannot catch that error.

Commands (unless there is a file of that name):
  ferrous help     show this help
  ferrous version  show version information
  ferrous ab       run scripts on the old VM and on the core, side by side
  ferrous ops      show the route of each opcode
  ferrous bisect   find the opcodes that change what a script does

Environment:
  LUA_INIT     executed first: Lua code, or '@' and a file's name
  FERROUS_OPS  routes, which those of '--ops' stand above
  FERROUS_LOG  the level of events to show: error, warn, info, debug or trace
  LUA_PATH  where 'require' looks; ';;' stands for the default
";

/// What is to be done before the script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    Execute(Vec<u8>),
    Require(Vec<u8>),
    List(PathBuf),
}

/// Which machine runs the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Machine {
    #[default]
    Core,
    Legacy,
}

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) actions: Vec<Action>,
    pub(super) interactive: bool,
    /// `-v` or `-i`.
    pub(super) banner: bool,
    /// The script's position among the arguments, and whether `-` is a file's name there.
    pub(super) script: Option<usize>,
    pub(super) dash_is_file: bool,
    pub(super) help: bool,
    pub(super) show_version: bool,
    pub(super) profile: bool,
    pub(super) machine: Machine,
    #[cfg(feature = "compat")]
    pub(super) routes: super::routes::RouteOptions,
    pub(super) allow_bytecode: bool,
    pub(super) memory_limit: Option<usize>,
    pub(super) fuel: Option<u64>,
    pub(super) timeout: Option<Duration>,
    pub(super) key_order: KeyOrder,
}

const LONG_OPTIONS: [&str; 14] = [
    "--allow-bytecode",
    "--fuel",
    "--hash-seed",
    "--help",
    "--memory-limit",
    "--ops",
    "--ops-seed",
    "--profile",
    "--puc-order",
    "--shadow-report",
    "--shadow-strict",
    "--timeout",
    "--version",
    "--vm",
];

impl Options {
    /// Reads the arguments, of which the first is the program's name.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn parse(args: &[OsString]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut index = 1;
        while let Some(arg) = args.get(index) {
            let bytes = arg.as_encoded_bytes();
            match bytes {
                [b'-'] => {
                    options.script = Some(index);
                    break;
                }
                b"--" => {
                    options.script = (index + 1 < args.len()).then_some(index + 1);
                    options.dash_is_file = true;
                    break;
                }
                [b'-', b'-', ..] => {
                    index += usize::from(options.long(arg, args.get(index + 1))?);
                }
                b"-i" => {
                    options.interactive = true;
                    options.banner = true;
                }
                b"-v" => options.banner = true,
                [b'-', letter @ (b'e' | b'l'), operand @ ..] => {
                    let operand = if operand.is_empty() {
                        index += 1;
                        let next = args.get(index);
                        next.ok_or_else(|| lacks_operand(arg))?.as_encoded_bytes()
                    } else {
                        operand
                    };
                    options.actions.push(match letter {
                        b'e' => Action::Execute(operand.to_vec()),
                        _ => library(operand),
                    });
                }
                [b'-', ..] => return Err(unknown(arg)),
                _ => {
                    options.script = Some(index);
                    break;
                }
            }
            index += 1;
        }
        Ok(options)
    }

    /// Whether something other than a script was executed.
    pub(super) fn has_done_something(&self) -> bool {
        self.actions.iter().any(|action| !matches!(action, Action::Require(_)))
    }

    /// Reads a long option; says whether it took the next argument as its operand.
    fn long(&mut self, arg: &OsStr, next: Option<&OsString>) -> Result<bool, String> {
        let text = arg.to_string_lossy();
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (&*text, None),
        };
        match name {
            "--help" => self.help = true,
            "--version" => self.show_version = true,
            "--profile" => self.profile = true,
            "--puc-order" => self.key_order = KeyOrder::Puc,
            "--allow-bytecode" => self.allow_bytecode = true,
            #[cfg(feature = "compat")]
            "--shadow-strict" => self.routes.strict = true,
            name if takes_operand(name) => {
                let separate = attached.is_none();
                let operand = match (attached, next) {
                    (Some(operand), _) => operand,
                    (None, Some(next)) => next.to_string_lossy().into_owned(),
                    (None, None) => return Err(lacks_operand(arg)),
                };
                let understood = match name {
                    "--memory-limit" => set(&mut self.memory_limit, parse_size(&operand)),
                    "--fuel" => set(&mut self.fuel, operand.parse().ok()),
                    "--hash-seed" => operand.parse().map(|seed| self.key_order = KeyOrder::Seeded(seed)).is_ok(),
                    "--vm" => match &*operand {
                        "core" | "legacy" => {
                            self.machine = if operand == "core" { Machine::Core } else { Machine::Legacy };
                            true
                        }
                        _ => {
                            return Err(format!(
                                "wrong operand '{operand}' of option '--vm': it is 'core' or 'legacy'"
                            ));
                        }
                    },
                    "--timeout" => set(&mut self.timeout, parse_seconds(&operand)),
                    _ => self.take_route_option(name, &operand),
                };
                if !understood {
                    return Err(format!("wrong operand '{operand}' of option '{name}'"));
                }
                return Ok(separate);
            }
            _ => return Err(unknown(arg)),
        }
        match attached {
            Some(_) => Err(format!("option '{name}' has no operand")),
            None => Ok(false),
        }
    }
}

#[cfg(feature = "compat")]
impl Options {
    fn take_route_option(&mut self, name: &str, operand: &str) -> bool {
        self.routes.take(name, operand)
    }
}

#[cfg(not(feature = "compat"))]
impl Options {
    fn take_route_option(&mut self, _: &str, _: &str) -> bool {
        false
    }
}

fn takes_operand(name: &str) -> bool {
    #[cfg(feature = "compat")]
    if super::routes::OPTIONS.contains(&name) {
        return true;
    }
    ["--memory-limit", "--fuel", "--hash-seed", "--timeout", "--vm"].contains(&name)
}

fn set<T>(option: &mut Option<T>, value: Option<T>) -> bool {
    *option = value;
    option.is_some()
}

/// `-l` asks for a listing if it names a file, as `luac -l` does, and else for a library.
fn library(operand: &[u8]) -> Action {
    let path = to_path(operand);
    if path.extension() == Some(OsStr::new("lua")) || Path::is_file(&path) {
        Action::List(path)
    } else {
        Action::Require(operand.to_vec())
    }
}

fn to_path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

fn parse_size(text: &str) -> Option<usize> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 10),
        b'M' | b'm' => (&text[..text.len() - 1], 20),
        b'G' | b'g' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<usize>().ok()?.checked_mul(1 << shift)
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn lacks_operand(option: &OsStr) -> String {
    format!("option '{}' needs an operand", option.to_string_lossy())
}

fn unknown(option: &OsStr) -> String {
    let option = option.to_string_lossy();
    let name = option.split('=').next().unwrap_or(&option);
    let mut message = format!("unknown option '{option}'");
    let nearest = LONG_OPTIONS.iter().map(|known| (distance(name, known), known)).min();
    if let Some((0..=2, known)) = nearest {
        message.push_str(&format!("; did you mean '{known}'?"));
    }
    message
}

/// How many letters must be changed, added or left out to make one text the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        let args: Vec<OsString> = ["ferrous"].iter().chain(args).map(|&arg| OsString::from(arg)).collect();
        Options::parse(&args)
    }

    #[test]
    fn options_end_at_the_script() {
        let options = parse(&["-ex=1", "-e", "y=2", "-lname", "-v", "s.lua", "-i"]).unwrap();
        let actions =
            [Action::Execute(b"x=1".to_vec()), Action::Execute(b"y=2".to_vec()), Action::Require(b"name".to_vec())];
        assert_eq!(options.actions, actions);
        assert_eq!((options.script, options.banner, options.interactive), (Some(6), true, false));
        assert_eq!(parse(&["--", "-"]).unwrap().script, Some(2));
        assert_eq!(parse(&["--"]).unwrap().script, None);
        assert_eq!(parse(&["-", "a"]).unwrap().script, Some(1));
    }

    #[test]
    fn limits_are_read() {
        let options = parse(&["--memory-limit", "2M", "--fuel=7", "--timeout", "0.5"]).unwrap();
        assert_eq!(options.memory_limit, Some(2 << 20));
        assert_eq!(options.fuel, Some(7));
        assert_eq!(options.timeout, Some(Duration::from_millis(500)));
        for wrong in [["--fuel", "x"], ["--timeout", "-1"], ["--memory-limit", "K"]] {
            assert!(parse(&wrong).is_err());
        }
    }

    #[test]
    fn the_order_of_keys_is_chosen() {
        assert_eq!(parse(&["s.lua"]).unwrap().key_order, KeyOrder::Random);
        assert_eq!(parse(&["--hash-seed", "7"]).unwrap().key_order, KeyOrder::Seeded(7));
        assert_eq!(parse(&["--puc-order"]).unwrap().key_order, KeyOrder::Puc);
        assert!(parse(&["--hash-seed", "x"]).is_err());
    }

    #[test]
    fn the_machine_is_chosen() {
        assert_eq!(parse(&["s.lua"]).unwrap().machine, Machine::Core);
        assert_eq!(parse(&["--vm", "legacy", "s.lua"]).unwrap().machine, Machine::Legacy);
        assert_eq!(parse(&["--vm=core"]).unwrap().machine, Machine::Core);
        let message = parse(&["--vm", "new"]).unwrap_err();
        assert_eq!(message, "wrong operand 'new' of option '--vm': it is 'core' or 'legacy'");
    }

    #[test]
    fn a_wrong_option_is_told_with_the_nearest() {
        let message = parse(&["--profil"]).unwrap_err();
        assert_eq!(message, "unknown option '--profil'; did you mean '--profile'?");
        assert_eq!(parse(&["-x"]).unwrap_err(), "unknown option '-x'");
        assert_eq!(parse(&["-e"]).unwrap_err(), "option '-e' needs an operand");
        assert_eq!(parse(&["--help=1"]).unwrap_err(), "option '--help' has no operand");
    }
}
