//! The interactive mode: `lua.c`'s `dotty`, with line editing, a history and completion if a terminal is there.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use super::complete::LuaHelper;
use super::report;
use super::run::{Failure, try_call};
use crate::kernel::text::c_string;
use crate::stdlib::output;
use crate::vm::LuaVM;

/// The machine, which the completion looks into while a line is edited.
pub(super) type SharedVm = Rc<RefCell<LuaVM>>;

/// What was read.
enum Line {
    Text(Vec<u8>),
    /// The user wants to begin anew.
    Cancelled,
    End,
}

/// Where lines come from.
enum Source {
    Editor(Box<Editor<LuaHelper, FileHistory>>, Option<PathBuf>),
    /// Standard input as it is, with prompts like `lua.c` shows them.
    Plain,
}

impl Source {
    fn new(vm: &SharedVm) -> Source {
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Source::Plain;
        }
        let config = Config::builder().completion_type(CompletionType::List).check_cursor_position(true).build();
        let Ok(mut editor) = Editor::with_config(config) else { return Source::Plain };
        editor.set_helper(Some(LuaHelper::new(Rc::clone(vm))));
        let history = history_file();
        if let Some(history) = &history {
            // At first there is none.
            let _ = editor.load_history(history);
        }
        Source::Editor(Box::new(editor), history)
    }

    fn read(&mut self, prompt: &str) -> Line {
        // What was printed comes before the prompt; if it can't be shown, neither can the prompt.
        let _ = output::flush();
        match self {
            Source::Editor(editor, _) => match editor.readline(prompt) {
                Ok(text) => Line::Text(text.into_bytes()),
                Err(ReadlineError::Interrupted) => Line::Cancelled,
                Err(ReadlineError::Eof) => Line::End,
                Err(error) => {
                    report(None, format!("cannot read: {error}").as_bytes());
                    Line::End
                }
            },
            Source::Plain => {
                let _ = output::write(prompt.as_bytes());
                let _ = output::flush();
                let mut text = Vec::new();
                match std::io::stdin().lock().read_until(b'\n', &mut text) {
                    Ok(0) | Err(_) => return Line::End,
                    Ok(_) => {}
                }
                if text.last() == Some(&b'\n') {
                    text.pop();
                }
                Line::Text(text)
            }
        }
    }

    /// Adds a chunk to the history; at once to the file, since the chunk may end the program.
    fn remember(&mut self, text: &[u8]) {
        let Source::Editor(editor, history) = self else { return };
        let Ok(text) = std::str::from_utf8(text) else { return };
        // A line that can't be remembered is still run.
        let _ = editor.add_history_entry(text);
        if let Some(path) = history
            && let Err(error) = save_history(editor, path)
        {
            report(None, format!("cannot save the history in {}: {error}", path.display()).as_bytes());
            *history = None;
        }
    }
}

fn save_history(editor: &mut Editor<LuaHelper, FileHistory>, path: &Path) -> rustyline::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    editor.append_history(path)
}

/// Where the history is kept: with other state of the user's programs.
fn history_file() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")))?;
    Some(state.join("ferrous").join("history"))
}

/// Reads and runs chunks until the input ends.
pub(super) fn run(vm: LuaVM) -> LuaVM {
    let vm = Rc::new(RefCell::new(vm));
    let mut source = Source::new(&vm);
    while let Some(chunk) = read_chunk(&vm, &mut source) {
        run_chunk(&mut vm.borrow_mut(), &chunk);
    }
    drop(source);
    let _ = output::write(b"\n");
    let Some(vm) = Rc::into_inner(vm) else { unreachable!("the editor, which had the other reference, is gone") };
    vm.into_inner()
}

/// Reads lines until they are a whole chunk, or wrong; `None` at the end of the input.
fn read_chunk(vm: &SharedVm, source: &mut Source) -> Option<Vec<u8>> {
    loop {
        let prompt = prompt(vm, "_PROMPT", "> ");
        let mut chunk = match source.read(&prompt) {
            Line::Text(text) => text,
            Line::Cancelled => continue,
            Line::End => return None,
        };
        let typed = chunk.clone();
        if let [b'=', rest @ ..] = typed.as_slice() {
            chunk = [b"return ", rest].concat();
        }
        // What the user typed, for the history.
        let mut typed = typed;
        let cancelled = loop {
            if !is_incomplete(&mut vm.borrow_mut(), &chunk) {
                break false;
            }
            let prompt = self::prompt(vm, "_PROMPT2", ">> ");
            match source.read(&prompt) {
                Line::Text(text) => {
                    for whole in [&mut chunk, &mut typed] {
                        whole.push(b'\n');
                        whole.extend_from_slice(&text);
                    }
                }
                Line::Cancelled => break true,
                Line::End => return None,
            }
        };
        if !cancelled {
            source.remember(&typed);
            return Some(chunk);
        }
    }
}

/// The text of a global, or the default.
fn prompt(vm: &SharedVm, name: &str, default: &str) -> String {
    let text = vm.borrow_mut().enter(|ctx| {
        ctx.push_globals()?;
        ctx.field(1, name)?;
        let text = ctx.convert_to_string(2)?;
        Ok(text.then(|| String::from_utf8_lossy(ctx.bytes(2)).into_owned()))
    });
    text.ok().flatten().unwrap_or_else(|| default.to_owned())
}

/// Whether more lines could make a chunk right.
fn is_incomplete(vm: &mut LuaVM, chunk: &[u8]) -> bool {
    let incomplete = vm.enter(|ctx| Ok(!ctx.load(chunk, b"=stdin")? && ctx.bytes(1).ends_with(b"'<eof>'")));
    incomplete.unwrap_or(false)
}

/// Runs a chunk and prints its results.
fn run_chunk(vm: &mut LuaVM, chunk: &[u8]) {
    let result = try_call(
        vm,
        |ctx| Ok(ctx.load(chunk, b"=stdin")?.then_some(0)),
        |ctx| {
            let results = ctx.top();
            if results == 0 {
                return Ok(());
            }
            ctx.push_globals()?;
            ctx.field(ctx.top(), "print")?;
            ctx.insert(1);
            ctx.drop_top(1);
            if !ctx.protected_call(results, Some(0))? {
                ctx.convert_to_string(ctx.top())?;
                let message = [b"error calling 'print' (", ctx.bytes(ctx.top()), b")"].concat();
                report(None, c_string(&message));
            }
            Ok(())
        },
    );
    if let Err(Failure(Some(message))) = result {
        report(None, c_string(&message));
    }
}
