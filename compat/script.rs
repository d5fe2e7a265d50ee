//! The old names of scripting: [`LuaGIL`], [`ScriptContext`], [`handle_lua_command`].
//!
//! They keep their signatures and the texts of their errors, and do what they only promised: scripts run, are kept by their
//! digest, and can be killed. All that belong to one [`StorageEngine`] share its [`ScriptEngine`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::deprecation::{self, Api};
use crate::error::{FerrousError, Result};
use crate::protocol::RespFrame;
use crate::script::{Config, Invocation, ScriptEngine, Session};
use crate::storage::StorageEngine;

/// How long a script that comes as a command may run.
const TIMEOUT: Duration = Duration::from_secs(5);

/// For whom a script runs, and with what.
#[derive(Clone)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::script::Invocation; see MIGRATION.md#old-script-commands")
)]
pub struct ScriptContext {
    /// What its commands go to.
    pub storage: Arc<StorageEngine>,
    /// The database it begins with.
    pub db: usize,
    /// Its `KEYS`.
    pub keys: Vec<Vec<u8>>,
    /// Its `ARGV`.
    pub args: Vec<Vec<u8>>,
    /// How long it may run.
    pub timeout: Duration,
}

impl fmt::Debug for ScriptContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Invocation::from(self).fmt(f)
    }
}

impl From<&ScriptContext> for Invocation {
    fn from(context: &ScriptContext) -> Self {
        let storage = Arc::clone(&context.storage);
        let (keys, args) = (context.keys.iter().cloned(), context.args.iter().cloned());
        Invocation::new(storage).session(Session::new(context.db)).keys(keys).args(args).timeout(context.timeout)
    }
}

/// Runs scripts, and keeps them by their digest. Despite its name, any number of threads may use it at the same time.
#[derive(Debug)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::script::ScriptEngine; see MIGRATION.md#old-script-commands")
)]
pub struct LuaGIL {
    engine: Arc<ScriptEngine>,
}

impl LuaGIL {
    /// One with a cache of its own. [`StorageEngine::get_lua_gil`] gives one that shares the store's.
    ///
    /// # Errors
    /// None.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::new; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn new() -> Result<Self> {
        deprecation::used(Api::LuaGilNew);
        Ok(LuaGIL { engine: Arc::new(ScriptEngine::new(Config::default())) })
    }

    /// The engine it is a name for.
    pub fn engine(&self) -> &Arc<ScriptEngine> {
        &self.engine
    }

    /// Runs a script; its result as a reply, by Redis's rules.
    ///
    /// # Errors
    /// If it does not compile, throws an error, or is stopped.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::eval; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn eval(&self, script: &str, context: ScriptContext) -> Result<RespFrame> {
        deprecation::used(Api::LuaGilEval);
        Ok(self.engine.eval(script, &Invocation::from(&context))?)
    }

    /// Runs the script with this digest.
    ///
    /// # Errors
    /// [`FerrousError::ScriptNotFound`] if there is none; otherwise as [`LuaGIL::eval`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::evalsha; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn evalsha(&self, sha1: &str, context: ScriptContext) -> Result<RespFrame> {
        deprecation::used(Api::LuaGilEvalsha);
        Ok(self.engine.evalsha(sha1, &Invocation::from(&context))?)
    }

    /// Keeps a script; returns its digest.
    ///
    /// # Errors
    /// If it does not compile.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::load; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn script_load(&self, script: &str) -> Result<String> {
        deprecation::used(Api::LuaGilScriptLoad);
        Ok(self.engine.load(script)?)
    }

    /// Whether there is a script with this digest.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::exists; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn script_exists(&self, sha1: &str) -> bool {
        deprecation::used(Api::LuaGilScriptExists);
        self.engine.exists(sha1)
    }

    /// Forgets all scripts.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::flush; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn script_flush(&self) {
        deprecation::used(Api::LuaGilScriptFlush);
        self.engine.flush();
    }

    /// Stops what runs.
    ///
    /// # Errors
    /// [`FerrousError::NoScriptRunning`] if nothing does; a [`FerrousError::Script`] if all that runs has written.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::script::ScriptEngine::kill; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn kill_script(&self) -> Result<()> {
        deprecation::used(Api::LuaGilKillScript);
        Ok(self.engine.kill()?)
    }
}

impl StorageEngine {
    /// The scripts of this store.
    ///
    /// # Errors
    /// None.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::StorageEngine::scripts; see MIGRATION.md#old-script-commands"
        )
    )]
    #[track_caller]
    pub fn get_lua_gil(&self) -> Result<Arc<LuaGIL>> {
        deprecation::used(Api::StorageEngineGetLuaGil);
        Ok(Arc::new(LuaGIL { engine: Arc::clone(self.scripts()) }))
    }
}

/// Carries out `EVAL`, `EVALSHA` or `SCRIPT`; `parts[0]` is the command itself. What goes wrong is an error frame.
///
/// # Errors
/// None.
#[cfg_attr(
    feature = "deprecations",
    deprecated(
        since = "0.3.0",
        note = "use ferrous::script::ScriptEngine::execute; see MIGRATION.md#old-script-commands"
    )
)]
#[track_caller]
pub fn handle_lua_command(storage: &Arc<StorageEngine>, cmd: &str, parts: &[RespFrame]) -> Result<RespFrame> {
    deprecation::used(Api::HandleLuaCommand);
    let reply = match &cmd.to_lowercase()[..] {
        "eval" => evaluate(storage, "eval", parts),
        "evalsha" => evaluate(storage, "evalsha", parts),
        "script" => script(storage.scripts(), parts),
        _ => Err(format!("ERR unknown command '{cmd}'")),
    };
    Ok(reply.unwrap_or_else(RespFrame::error))
}

fn wrong_number(command: &str) -> String {
    FerrousError::WrongNumberOfArguments(command.to_owned()).to_string()
}

fn evaluate(
    storage: &Arc<StorageEngine>,
    command: &str,
    parts: &[RespFrame],
) -> std::result::Result<RespFrame, String> {
    let [_, script, count, rest @ ..] = parts else { return Err(wrong_number(command)) };
    let script = text(script).ok_or("ERR invalid script")?;
    let count = match count {
        RespFrame::Integer(count) => usize::try_from(*count).ok(),
        other => text(other).and_then(|count| count.parse().ok()),
    };
    let count: usize = count.ok_or("ERR invalid number of keys")?;
    let Some((keys, args)) = rest.split_at_checked(count) else { return Err(wrong_number(command)) };
    let invocation = Invocation::new(Arc::clone(storage) as _)
        .session(Session::new(storage.get_current_db()))
        .keys(all_bytes(keys).ok_or("ERR invalid key")?)
        .args(all_bytes(args).ok_or("ERR invalid argument")?)
        .timeout(TIMEOUT);
    let engine = storage.scripts();
    let outcome = match command {
        "evalsha" => engine.evalsha(script, &invocation),
        _ => engine.eval(script, &invocation),
    };
    outcome.map_err(|failure| match FerrousError::from(failure) {
        FerrousError::ScriptNotFound(_) => "NOSCRIPT No matching script. Please use EVAL.".to_owned(),
        error => error.to_string(),
    })
}

fn script(engine: &ScriptEngine, parts: &[RespFrame]) -> std::result::Result<RespFrame, String> {
    let [_, subcommand, args @ ..] = parts else { return Err(wrong_number("script")) };
    let subcommand = text(subcommand).unwrap_or_default();
    let lower = subcommand.to_lowercase();
    let failed = |error: crate::script::Failure| FerrousError::from(error).to_string();
    match (&lower[..], args) {
        ("load", [source]) => {
            let source = text(source).ok_or("ERR invalid script")?;
            engine.load(source).map(RespFrame::from_string).map_err(failed)
        }
        ("exists", [_, ..]) => {
            let digests = all_bytes(args).ok_or("ERR invalid argument")?;
            let exist = digests.iter().map(|digest| RespFrame::Integer(i64::from(engine.exists(digest))));
            Ok(RespFrame::array(exist.collect()))
        }
        ("flush", _) => {
            engine.flush();
            Ok(RespFrame::ok())
        }
        ("kill", []) => engine.kill().map(|()| RespFrame::ok()).map_err(failed),
        ("load" | "exists" | "kill", _) => Err(wrong_number(&format!("script|{lower}"))),
        _ => Err(format!("ERR Unknown subcommand '{subcommand}'")),
    }
}

fn text(frame: &RespFrame) -> Option<&str> {
    match frame {
        RespFrame::BulkString(Some(bytes)) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn all_bytes(frames: &[RespFrame]) -> Option<Vec<Vec<u8>>> {
    let bytes = |frame: &RespFrame| match frame {
        RespFrame::BulkString(Some(bytes)) => Some(bytes.to_vec()),
        _ => None,
    };
    frames.iter().map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const FIRST: &str = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

    fn context(store: &Arc<StorageEngine>, timeout: Duration) -> ScriptContext {
        let (keys, args) = (vec![b"k".to_vec()], vec![b"41".to_vec()]);
        ScriptContext { storage: Arc::clone(store), db: 0, keys, args, timeout }
    }

    fn run(store: &Arc<StorageEngine>, parts: &[&str]) -> RespFrame {
        let frames: Vec<RespFrame> = parts.iter().map(|&part| part.into()).collect();
        handle_lua_command(store, parts[0], &frames).expect("what goes wrong is a frame")
    }

    #[test]
    fn a_gil_runs_and_keeps_scripts() {
        let store = StorageEngine::new();
        let gil = LuaGIL::new().unwrap();
        let source = "redis.call('set', KEYS[1], ARGV[1]) return redis.call('incr', KEYS[1])";
        let reply = gil.eval(source, context(&store, Duration::from_secs(5))).unwrap();
        assert_eq!(reply, RespFrame::Integer(42));
        let digest = gil.script_load("return KEYS[1]").unwrap();
        assert!(gil.script_exists(&digest));
        let reply = gil.evalsha(&digest, context(&store, Duration::from_secs(5))).unwrap();
        assert_eq!(reply, RespFrame::bulk_string("k"));
        gil.script_flush();
        let error = gil.evalsha(&digest, context(&store, Duration::from_secs(5))).unwrap_err();
        assert!(matches!(error, FerrousError::ScriptNotFound(ref sha1) if *sha1 == digest), "{error}");
        let error = gil.eval("while true do end", context(&store, Duration::from_millis(20))).unwrap_err();
        assert!(matches!(error, FerrousError::LuaTimeout), "{error}");
        assert!(matches!(gil.kill_script(), Err(FerrousError::NoScriptRunning)));
    }

    #[test]
    fn commands_share_the_cache_of_their_store() {
        let store = StorageEngine::new_in_memory();
        assert_eq!(run(&store, &["SCRIPT", "LOAD", "return 1"]), FIRST.into());
        assert_eq!(run(&store, &["evalsha", FIRST, "0"]), RespFrame::Integer(1));
        assert!(store.get_lua_gil().unwrap().script_exists(FIRST));
        assert_eq!(
            run(&store, &["script", "exists", FIRST, "nope"]),
            RespFrame::array(vec![RespFrame::Integer(1), RespFrame::Integer(0)])
        );
        assert_eq!(run(&StorageEngine::new(), &["script", "exists", FIRST]), RespFrame::array(vec![0.into()]));
        assert_eq!(run(&store, &["script", "flush"]), RespFrame::ok());
        let missing = RespFrame::error("NOSCRIPT No matching script. Please use EVAL.");
        assert_eq!(run(&store, &["evalsha", FIRST, "0"]), missing);
        let nothing = RespFrame::error("NOTBUSY No scripts in execution right now.");
        assert_eq!(run(&store, &["script", "kill"]), nothing);
    }

    #[test]
    fn a_command_is_killed_by_a_command() {
        let store = StorageEngine::new();
        let outcome = std::thread::scope(|scope| {
            let running = scope.spawn(|| run(&store, &["eval", "while true do pcall(error) end", "0"]));
            while run(&store, &["script", "kill"]).is_error() && !running.is_finished() {
                std::thread::yield_now();
            }
            running.join().expect("it does not panic")
        });
        assert_eq!(outcome, RespFrame::error("ERR Script killed by user"));
    }

    #[test]
    fn bad_arguments_have_the_texts_of_old() {
        let store = StorageEngine::new();
        let bad =
            |parts: &[&str], message: &str| assert_eq!(run(&store, parts), RespFrame::error(message), "{parts:?}");
        bad(&["eval", "return 1"], "ERR wrong number of arguments for 'eval' command");
        bad(&["EVAL", "return 1", "2", "a"], "ERR wrong number of arguments for 'eval' command");
        bad(&["eval", "return 1", "x"], "ERR invalid number of keys");
        bad(&["eval", "return 1", "-1"], "ERR invalid number of keys");
        bad(&["eval", "return 1", "18446744073709551615"], "ERR wrong number of arguments for 'eval' command");
        bad(&["evalsha", FIRST], "ERR wrong number of arguments for 'evalsha' command");
        bad(&["script"], "ERR wrong number of arguments for 'script' command");
        bad(&["script", "load"], "ERR wrong number of arguments for 'script|load' command");
        bad(&["script", "Nope"], "ERR Unknown subcommand 'Nope'");
        bad(&["nope"], "ERR unknown command 'nope'");
        bad(&["eval", "error('boom')", "0"], "ERR Error running script: user_script:1: boom");
        bad(&["eval", "x =", "0"], "ERR Error compiling script: user_script:1: unexpected symbol near '<eof>'");
        let handle = |parts: &[RespFrame]| handle_lua_command(&store, "eval", parts).unwrap();
        let (eval, source) = (RespFrame::from("eval"), RespFrame::from("return #KEYS + #ARGV"));
        let error = |message: &str| RespFrame::error(message);
        let binary = RespFrame::bulk_string(b"\xff");
        assert_eq!(handle(&[eval.clone(), binary, "0".into()]), error("ERR invalid script"));
        assert_eq!(handle(&[eval.clone(), RespFrame::Null, "0".into()]), error("ERR invalid script"));
        let one = RespFrame::Integer(1);
        let parts = [eval.clone(), source.clone(), one.clone(), "k".into(), "a".into()];
        assert_eq!(handle(&parts), RespFrame::Integer(2));
        let parts = [eval.clone(), source.clone(), one.clone(), RespFrame::Integer(5)];
        assert_eq!(handle(&parts), error("ERR invalid key"));
        let parts = [eval, source, one, "k".into(), RespFrame::null_bulk()];
        assert_eq!(handle(&parts), error("ERR invalid argument"));
    }

    #[test]
    fn types_cross_threads() {
        fn check<T: Send + Sync>() {}
        check::<LuaGIL>();
        check::<ScriptContext>();
        check::<StorageEngine>();
        check::<RespFrame>();
        check::<FerrousError>();
    }
}
