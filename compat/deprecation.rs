//! Deprecation: what to use instead of the old API, and who still uses it.
//!
//! At compile time each old item with a replacement warns by `#[deprecated]`, unless the feature `deprecations` is off. At
//! run time its use is counted by call site, and reported: the first use at a site is an event of `tracing` (target `ferrous::deprecated`,
//! fields `api`, `location`, `replacement`, `anchor`). `FERROUS_DEPRECATIONS` says how much: `off` (nothing is counted), `once` (the
//! default), `all` (an event for each use), `error` (the first use panics, to find it in tests).
//!
//! The sites are in a table of fixed size: memory is bounded whatever calls, and a use costs a look-up without a lock. Uses at
//! sites for which there is no room are counted together. The crate's own uses are not counted.

use std::fmt;
use std::panic::Location;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

macro_rules! old_api {
    ($($variant:ident $name:literal => $replacement:literal, $anchor:literal;)*) => {
        /// An item of the old API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Api {
            $($variant,)*
        }

        /// All items, in the order of [`Api`].
        const ITEMS: &[Item] = &[$(Item { api: $name, replacement: $replacement, anchor: $anchor },)*];
    };
}

/// An item of the old API, and what replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its name, as `LuaVM::new`.
    pub api: &'static str,
    /// What to write instead.
    pub replacement: &'static str,
    /// The section of `MIGRATION.md` that says how.
    pub anchor: &'static str,
}

old_api! {
    LuaVmNew "LuaVM::new" => "ferrous::LuaVM::with_stdlib", "old-machine";
    LuaVmInitStdlib "LuaVM::init_stdlib" => "ferrous::LuaVM::with_stdlib", "old-machine";
    LuaVmSetContext "LuaVM::set_context" => "ferrous::script::ScriptEngine", "old-machine";
    LuaVmSetInstructionLimit "LuaVM::set_instruction_limit" => "ferrous::LuaVM::set_fuel", "old-machine";
    LuaVmSetTimeout "LuaVM::set_timeout" => "ferrous::LuaVM::set_time_limit", "old-machine";
    LuaVmExecuteModule "LuaVM::execute_module" => "ferrous::LuaVM::load and ferrous::LuaVM::call", "old-run";
    LuaVmExecuteFunction "LuaVM::execute_function" => "ferrous::LuaVM::call", "old-run";
    LuaVmEval "LuaVM::eval" => "ferrous::LuaVM::eval", "old-run";
    LuaVmEvalScript "LuaVM::eval_script" => "ferrous::LuaVM::eval", "old-run";
    LuaVmHeap "LuaVM::heap" => "ferrous::LuaVM itself", "old-objects";
    LuaVmHeapMut "LuaVM::heap_mut" => "ferrous::LuaVM itself", "old-objects";
    LuaVmCreateTable "LuaVM::create_table" => "ferrous::LuaVM::create_table", "old-objects";
    LuaVmCreateString "LuaVM::create_string" => "ferrous::LuaVM::create_string", "old-objects";
    LuaVmGlobals "LuaVM::globals" => "ferrous::LuaVM::globals", "old-objects";
    LuaVmSetTable "LuaVM::set_table" => "ferrous::LuaVM::set_table_field", "old-objects";
    LuaVmSetTableIndex "LuaVM::set_table_index" => "ferrous::LuaVM::set_table_field", "old-objects";
    LuaVmCalculateTableLength "LuaVM::calculate_table_length" => "ferrous::LuaVM::table_len", "old-objects";
    LuaVmExampleTableOperation "LuaVM::example_table_operation" => "ferrous::LuaVM::get_table_field", "old-objects";
    LuaVmDebugGetGlobal "LuaVM::debug_get_global" => "ferrous::LuaVM::get_global", "old-objects";
    LuaVmDebugListGlobals "LuaVM::debug_list_globals" => "ferrous::LuaVM::table_next", "old-objects";
    LuaHeapNew "LuaHeap::new" => "ferrous::LuaVM::new", "old-objects";
    LuaHeapGlobals "LuaHeap::globals" => "ferrous::LuaVM::globals", "old-objects";
    LuaHeapRegistry "LuaHeap::registry" => "ferrous::LuaVM::registry", "old-objects";
    LuaHeapGetStringValue "LuaHeap::get_string_value" => "ferrous::LuaVM::string_bytes", "old-objects";
    LuaHeapCreateStringWithValidation "LuaHeap::create_string_with_validation" => "ferrous::LuaVM::create_string", "old-objects";
    LuaHeapCreateTableWithValidation "LuaHeap::create_table_with_validation" => "ferrous::LuaVM::create_table", "old-objects";
    LuaHeapCreateClosureWithValidation "LuaHeap::create_closure_with_validation" => "ferrous::LuaVM::load", "old-objects";
    LuaHeapCreateFunctionProtoWithValidation "LuaHeap::create_function_proto_with_validation" => "ferrous::LuaVM::load", "old-objects";
    HeapTransactionNew "HeapTransaction::new" => "the methods of ferrous::LuaVM, which take effect at once", "old-transaction";
    HeapTransactionCommit "HeapTransaction::commit" => "no transaction: the methods of ferrous::LuaVM take effect at once", "old-transaction";
    HeapTransactionAbort "HeapTransaction::abort" => "no transaction: the methods of ferrous::LuaVM take effect at once", "old-transaction";
    HeapTransactionReset "HeapTransaction::reset" => "no transaction: the methods of ferrous::LuaVM take effect at once", "old-transaction";
    HeapTransactionValidateHandle "HeapTransaction::validate_handle" => "ferrous::LuaVM::is_valid", "old-transaction";
    HeapTransactionValidateWithContext "HeapTransaction::validate_with_context" => "ferrous::LuaVM::is_valid", "old-transaction";
    HeapTransactionCreateString "HeapTransaction::create_string" => "ferrous::LuaVM::create_string", "old-objects";
    HeapTransactionGetStringValue "HeapTransaction::get_string_value" => "ferrous::LuaVM::string_bytes", "old-objects";
    HeapTransactionGetStringBytes "HeapTransaction::get_string_bytes" => "ferrous::LuaVM::string_bytes", "old-objects";
    HeapTransactionCreateTable "HeapTransaction::create_table" => "ferrous::LuaVM::create_table", "old-objects";
    HeapTransactionReadTableField "HeapTransaction::read_table_field" => "ferrous::LuaVM::get_table_field", "old-objects";
    HeapTransactionGetTable "HeapTransaction::get_table" => "ferrous::LuaVM::table_next", "old-objects";
    HeapTransactionSetTableField "HeapTransaction::set_table_field" => "ferrous::LuaVM::set_table_field", "old-objects";
    HeapTransactionGetTableMetatable "HeapTransaction::get_table_metatable" => "ferrous::LuaVM::metatable", "old-objects";
    HeapTransactionGetTableMetatableTwoPhase "HeapTransaction::get_table_metatable_two_phase" => "ferrous::LuaVM::metatable", "old-objects";
    HeapTransactionSetTableMetatable "HeapTransaction::set_table_metatable" => "ferrous::LuaVM::set_metatable", "old-objects";
    HeapTransactionGetGlobalsTable "HeapTransaction::get_globals_table" => "ferrous::LuaVM::globals", "old-objects";
    HeapTransactionGetTableWithMetamethods "HeapTransaction::get_table_with_metamethods" => "ferrous::LuaVM::get", "old-objects";
    HeapTransactionTableNext "HeapTransaction::table_next" => "ferrous::LuaVM::table_next", "old-objects";
    HeapTransactionCreateUserdata "HeapTransaction::create_userdata" => "ferrous::LuaVM::create_userdata", "old-objects";
    HeapTransactionGetUserdata "HeapTransaction::get_userdata" => "ferrous::LuaVM::with_userdata", "old-objects";
    HeapTransactionGetUserdataMetatable "HeapTransaction::get_userdata_metatable" => "ferrous::LuaVM::metatable", "old-objects";
    HeapTransactionCreateThread "HeapTransaction::create_thread" => "ferrous::LuaVM::create_thread", "old-threads";
    HeapTransactionGetThread "HeapTransaction::get_thread" => "ferrous::LuaVM::thread_status", "old-threads";
    HeapTransactionReadRegister "HeapTransaction::read_register" => "ferrous::LuaVM::get_register", "old-threads";
    HeapTransactionCreateClosure "HeapTransaction::create_closure" => "ferrous::LuaVM::load", "old-functions";
    HeapTransactionCreateFunctionProto "HeapTransaction::create_function_proto" => "ferrous::compiler::compile", "old-functions";
    HeapTransactionGetInstruction "HeapTransaction::get_instruction" => "ferrous::bytecode::Proto", "old-functions";
    HeapTransactionGetFunctionProto "HeapTransaction::get_function_proto" => "ferrous::bytecode::Proto", "old-functions";
    HeapTransactionGetFunctionProtoCopy "HeapTransaction::get_function_proto_copy" => "ferrous::bytecode::Proto", "old-functions";
    ExecutionContextArgCount "ExecutionContext::arg_count" => "ferrous::Call::arg_count", "old-host-functions";
    ExecutionContextGetArg "ExecutionContext::get_arg" => "ferrous::Call::arg", "old-host-functions";
    ExecutionContextGetArgStr "ExecutionContext::get_arg_str" => "ferrous::Call::check_string", "old-host-functions";
    ExecutionContextGetStringArg "ExecutionContext::get_string_arg" => "ferrous::Call::check_string", "old-host-functions";
    ExecutionContextGetNumberArg "ExecutionContext::get_number_arg" => "ferrous::Call::check_number", "old-host-functions";
    ExecutionContextGetBoolArg "ExecutionContext::get_bool_arg" => "ferrous::Call::arg and ferrous::Value::is_truthy", "old-host-functions";
    ExecutionContextGetTableArg "ExecutionContext::get_table_arg" => "ferrous::Call::check_table", "old-host-functions";
    ExecutionContextPushResult "ExecutionContext::push_result" => "ferrous::Call::push", "old-host-functions";
    ExecutionContextGetHeap "ExecutionContext::get_heap" => "ferrous::Call itself", "old-host-functions";
    ExecutionContextCreateString "ExecutionContext::create_string" => "ferrous::Call::create_string", "old-host-functions";
    ExecutionContextGetStringFromHandle "ExecutionContext::get_string_from_handle" => "ferrous::Call::string_bytes", "old-host-functions";
    ExecutionContextGlobalsGet "ExecutionContext::globals_get" => "ferrous::Call::get_global", "old-host-functions";
    ExecutionContextGetGlobalFunction "ExecutionContext::get_global_function" => "ferrous::Call::get_global", "old-host-functions";
    ExecutionContextTableNext "ExecutionContext::table_next" => "ferrous::Call::table_next", "old-host-functions";
    ExecutionContextTableGet "ExecutionContext::table_get" => "ferrous::Call::get_table_field", "old-host-functions";
    ExecutionContextTableRawGet "ExecutionContext::table_raw_get" => "ferrous::Call::get_table_field", "old-host-functions";
    ExecutionContextTableSet "ExecutionContext::table_set" => "ferrous::Call::set_table_field", "old-host-functions";
    ExecutionContextTableRawSet "ExecutionContext::table_raw_set" => "ferrous::Call::set_table_field", "old-host-functions";
    ExecutionContextTableLength "ExecutionContext::table_length" => "ferrous::Call::table_len", "old-host-functions";
    ExecutionContextSetMetatable "ExecutionContext::set_metatable" => "ferrous::Call::set_metatable", "old-host-functions";
    ExecutionContextGetMetatable "ExecutionContext::get_metatable" => "ferrous::Call::metatable", "old-host-functions";
    ExecutionContextCheckMetamethod "ExecutionContext::check_metamethod" => "ferrous::Call::metatable", "old-host-functions";
    ExecutionContextCallMetamethod "ExecutionContext::call_metamethod" => "ferrous::Call::call", "old-host-functions";
    ExecutionContextCallFunction "ExecutionContext::call_function" => "ferrous::Call::call", "old-host-functions";
    CompilerCompile "compiler::compile" => "ferrous::compiler::compile", "old-compile";
    CompilerCompileWithConfig "compiler::compile_with_config" => "ferrous::compiler::compile", "old-compile";
    ParserParse "parser::parse" => "ferrous::syntax::parse", "old-compile";
    CompilerLoaderLoadModule "compiler::loader::load_module" => "ferrous::LuaVM::load", "old-compile";
    LexerNew "Lexer::new" => "ferrous::syntax::Lexer", "old-compile";
    ParserNew "Parser::new" => "ferrous::syntax::parse", "old-compile";
    CodeGeneratorNew "CodeGenerator::new" => "ferrous::compiler::compile", "old-compile";
    StdlibBaseInit "stdlib::base::init" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    LexerTokenize "lexer::tokenize" => "ferrous::syntax::Lexer", "old-compile";
    CodegenGenerateBytecode "codegen::generate_bytecode" => "ferrous::compiler::compile", "old-compile";
    StdlibInitAll "stdlib::init_all" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    StdlibInitStdlib "stdlib::init_stdlib" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    StdlibBaseInitBaseLib "stdlib::base::init_base_lib" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    StdlibMathInitMathLib "stdlib::math::init_math_lib" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    StdlibStringInitStringLib "stdlib::string::init_string_lib" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    StdlibTableInitTableLib "stdlib::table::init_table_lib" => "ferrous::LuaVM::with_stdlib", "old-stdlib";
    LuaGilNew "LuaGIL::new" => "ferrous::script::ScriptEngine::new", "old-script-commands";
    LuaGilEval "LuaGIL::eval" => "ferrous::script::ScriptEngine::eval", "old-script-commands";
    LuaGilEvalsha "LuaGIL::evalsha" => "ferrous::script::ScriptEngine::evalsha", "old-script-commands";
    LuaGilScriptLoad "LuaGIL::script_load" => "ferrous::script::ScriptEngine::load", "old-script-commands";
    LuaGilScriptExists "LuaGIL::script_exists" => "ferrous::script::ScriptEngine::exists", "old-script-commands";
    LuaGilScriptFlush "LuaGIL::script_flush" => "ferrous::script::ScriptEngine::flush", "old-script-commands";
    LuaGilKillScript "LuaGIL::kill_script" => "ferrous::script::ScriptEngine::kill", "old-script-commands";
    StorageEngineGetLuaGil "StorageEngine::get_lua_gil" => "ferrous::StorageEngine::scripts", "old-script-commands";
    HandleLuaCommand "handle_lua_command" => "ferrous::script::ScriptEngine::execute", "old-script-commands";
}

/// How much is said about uses of the old API at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// Nothing, and nothing is counted.
    Off = 1,
    /// The first use at each call site.
    Once,
    /// Each use.
    All,
    /// The first use panics.
    Error,
}

impl Mode {
    /// The mode with this name, as `FERROUS_DEPRECATIONS` has it.
    pub fn from_name(name: &str) -> Option<Mode> {
        [Mode::Off, Mode::Once, Mode::All, Mode::Error].into_iter().find(|mode| mode.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Once => "once",
            Mode::All => "all",
            Mode::Error => "error",
        }
    }

    fn from_number(number: u8) -> Option<Mode> {
        [Mode::Off, Mode::Once, Mode::All, Mode::Error].into_iter().find(|&mode| mode as u8 == number)
    }
}

/// The environment variable.
const VARIABLE: &str = "FERROUS_DEPRECATIONS";
/// What events are sent to.
const TARGET: &str = "ferrous::deprecated";
/// Call sites that are told apart; a power of two.
const SITES: usize = 1024;
/// Places a site can be at.
const PROBES: usize = 16;

struct Slot {
    site: OnceLock<(Api, &'static Location<'static>)>,
    uses: AtomicU64,
}

static TABLE: [Slot; SITES] = [const { Slot { site: OnceLock::new(), uses: AtomicU64::new(0) } }; SITES];
/// Uses at sites for which the table had no room.
static ELSEWHERE: AtomicU64 = AtomicU64::new(0);
/// The mode, as a number; 0 until it is known.
static MODE: AtomicU8 = AtomicU8::new(0);

/// The mode in force.
pub fn mode() -> Mode {
    Mode::from_number(MODE.load(Ordering::Relaxed)).unwrap_or_else(mode_of_environment)
}

/// Sets the mode, whatever the environment says.
pub fn set_mode(mode: Mode) {
    MODE.store(mode as u8, Ordering::Relaxed);
}

#[cold]
fn mode_of_environment() -> Mode {
    let mode = match std::env::var(VARIABLE) {
        Ok(name) => Mode::from_name(&name).unwrap_or_else(|| {
            tracing::warn!(target: TARGET, "{VARIABLE}={name}: unknown, use off, once, all or error; taken for once");
            Mode::Once
        }),
        Err(_) => Mode::Once,
    };
    set_mode(mode);
    mode
}

/// The folder of the bridge's own sources, whose uses are not a caller's.
fn own_folder() -> &'static str {
    let file = file!();
    file.strip_suffix("deprecation.rs").unwrap_or(file)
}

/// Notes a use of an old item by whoever called the item.
#[track_caller]
#[inline]
pub(super) fn used(api: Api) {
    used_at(api, Location::caller());
}

/// Runs what an old item does. The old items that it uses in turn would otherwise pass for uses by its caller, because a
/// location is that of the first call in a function that does not track its caller.
#[inline]
pub(super) fn own<R>(f: impl FnOnce() -> R) -> R {
    f()
}

fn used_at(api: Api, location: &'static Location<'static>) {
    let mode = mode();
    if mode == Mode::Off || location.file().starts_with(own_folder()) {
        return;
    }
    let first = match slot_of(api, location) {
        Some(slot) => slot.uses.fetch_add(1, Ordering::Relaxed) == 0,
        None => {
            ELSEWHERE.fetch_add(1, Ordering::Relaxed);
            false
        }
    };
    if first || mode == Mode::All {
        announce(mode, api, location);
    }
}

/// The place of a site, which is taken if it has none.
fn slot_of(api: Api, location: &'static Location<'static>) -> Option<&'static Slot> {
    // A file's name is at one address, or at few.
    let name = location.file().as_ptr() as usize;
    let mixed = name ^ (location.line() as usize) << 7 ^ (location.column() as usize) << 17 ^ (api as usize) << 3;
    let begin = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> 20;
    (0..PROBES).map(|probe| &TABLE[(begin + probe) % SITES]).find(|slot| {
        let &(at_api, at) = slot.site.get_or_init(|| (api, location));
        at_api == api && at == location
    })
}

#[cold]
fn announce(mode: Mode, api: Api, location: &Location<'_>) {
    let Item { api, replacement, anchor } = ITEMS[api as usize];
    tracing::warn!(
        target: TARGET,
        api,
        location = %location,
        replacement,
        anchor,
        "{api} is deprecated: use {replacement}; see MIGRATION.md#{anchor}"
    );
    assert!(
        mode != Mode::Error,
        "{location}: {api} is deprecated: use {replacement}; see MIGRATION.md#{anchor} ({VARIABLE}=error)"
    );
}

/// The items of the old API that have a replacement.
pub fn items() -> &'static [Item] {
    ITEMS
}

/// The uses of one item at one call site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The item.
    pub item: Item,
    /// The call site: file, line and column.
    pub location: String,
    /// How often it was used there.
    pub count: u64,
}

/// Who has used the old API so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// By item and call site, the most frequent first.
    pub uses: Vec<Use>,
    /// Uses at further call sites.
    pub elsewhere: u64,
}

impl Report {
    /// Whether nobody has.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.elsewhere == 0
    }
}

/// Who has used the old API so far.
pub fn report() -> Report {
    let uses = TABLE.iter().filter_map(|slot| {
        let &(api, location) = slot.site.get()?;
        let count = slot.uses.load(Ordering::Relaxed);
        Some(Use { item: ITEMS[api as usize], location: location.to_string(), count })
    });
    let mut uses: Vec<Use> = uses.filter(|found| found.count > 0).collect();
    uses.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.location.cmp(&b.location)));
    Report { uses, elsewhere: ELSEWHERE.load(Ordering::Relaxed) }
}

/// Prints the report to standard error when it is dropped, if there is anything to report: what a program keeps until it ends.
#[derive(Debug, Default)]
#[must_use = "it reports when it is dropped"]
pub struct ReportAtEnd;

impl Drop for ReportAtEnd {
    fn drop(&mut self) {
        let report = report();
        if !report.is_empty() {
            eprint!("{report}");
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no deprecated item was used");
        }
        writeln!(f, "deprecated items that were used:")?;
        for Use { item: Item { api, replacement, anchor }, location, count } in &self.uses {
            writeln!(f, "{count:>12}  {api} at {location}: use {replacement}; see MIGRATION.md#{anchor}")?;
        }
        match self.elsewhere {
            0 => Ok(()),
            more => writeln!(f, "{more:>12}  at further call sites"),
        }
    }
}
