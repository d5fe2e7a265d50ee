//! `compile`: source text to a [`CompiledModule`].
//!
//! The public fields of a module are what counts: as long as they are those that the compiler made, the machine is given the compiler's
//! own result, with its lines and names; a module that was changed by hand is put together from its fields, and verified.

use std::sync::Arc;

use super::codegen::{CompilationConstant, CompilationUpvalue, CompiledFunction, assemble, describe};
use super::error::{LuaError, LuaResult};
pub use super::parser::parse;
use crate::bytecode::Proto;
use crate::compat::deprecation::{self, Api};

/// A compiled chunk.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::bytecode::Proto; see MIGRATION.md#old-compile")
)]
pub struct CompiledModule {
    /// The instructions of the main function.
    pub bytecode: Vec<u32>,
    /// Its constants.
    pub constants: Vec<CompilationConstant>,
    /// The number of its parameters.
    pub num_params: u8,
    /// Whether it takes variable arguments.
    pub is_vararg: bool,
    /// The number of its registers.
    pub max_stack_size: u8,
    /// Its upvalues.
    pub upvalues: Vec<CompilationUpvalue>,
    /// The strings of all functions.
    pub strings: Vec<String>,
    /// The functions nested in the main function.
    pub prototypes: Vec<CompiledFunction>,
    /// Where the source is from.
    pub source_name: Option<String>,
    compiled: Arc<Proto>,
}

/// How to compile.
#[derive(Debug, Clone)]
pub struct CompilerConfig {
    /// Without effect: there always is debug information.
    pub debug_info: bool,
    /// Without effect.
    pub optimization_level: u8,
    /// Where the source is from: a file's name, for messages.
    pub source_name: Option<String>,
}

impl Default for CompilerConfig {
    fn default() -> Self {
        CompilerConfig { debug_info: true, optimization_level: 1, source_name: None }
    }
}

/// Debug information. Nothing makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct DebugInfo {
    /// The line of each instruction.
    pub line_info: Vec<usize>,
    /// The local variables.
    pub locals: Vec<LocalInfo>,
}

/// A local variable. Nothing makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalInfo {
    /// Its name.
    pub name: String,
    /// The first instruction at which it is alive.
    pub start_pc: usize,
    /// The first instruction at which it is dead.
    pub end_pc: usize,
}

/// Compiles a chunk.
///
/// # Errors
/// [`LuaError::SyntaxError`].
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::compiler::compile; see MIGRATION.md#old-compile")
)]
#[track_caller]
pub fn compile(source: &str) -> LuaResult<CompiledModule> {
    deprecation::used(Api::CompilerCompile);
    deprecation::own(|| compile_with_config(source, &CompilerConfig::default()))
}

/// Compiles a chunk.
///
/// # Errors
/// [`LuaError::SyntaxError`].
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::compiler::compile; see MIGRATION.md#old-compile")
)]
#[track_caller]
pub fn compile_with_config(source: &str, config: &CompilerConfig) -> LuaResult<CompiledModule> {
    deprecation::used(Api::CompilerCompileWithConfig);
    let name = match &config.source_name {
        Some(name) => format!("@{name}"),
        None => source.to_owned(),
    };
    let compiled = crate::compiler::compile(source.as_bytes(), name.as_bytes()).map_err(LuaError::from_syntax)?;
    let (main, strings) = describe(&compiled);
    Ok(CompiledModule::new(main, strings, config.source_name.clone(), compiled))
}

impl CompiledModule {
    fn new(main: CompiledFunction, strings: Vec<String>, source_name: Option<String>, compiled: Arc<Proto>) -> Self {
        CompiledModule {
            bytecode: main.bytecode,
            constants: main.constants,
            num_params: main.num_params,
            is_vararg: main.is_vararg,
            max_stack_size: main.max_stack_size,
            upvalues: main.upvalues,
            strings,
            prototypes: main.prototypes,
            source_name,
            compiled,
        }
    }

    /// The main function, from the public fields.
    fn main(&self) -> CompiledFunction {
        CompiledFunction {
            bytecode: self.bytecode.clone(),
            constants: self.constants.clone(),
            num_params: self.num_params,
            is_vararg: self.is_vararg,
            max_stack_size: self.max_stack_size,
            upvalues: self.upvalues.clone(),
            prototypes: self.prototypes.clone(),
        }
    }

    /// Stepping out: the function as the core loads it.
    ///
    /// # Errors
    /// [`LuaError::CompileError`] if the module was changed by hand, and is not valid any more.
    pub fn to_core(&self) -> LuaResult<Arc<Proto>> {
        let main = self.main();
        let (made, strings) = describe(&self.compiled);
        if (&main, &self.strings) == (&made, &strings) {
            return Ok(Arc::clone(&self.compiled));
        }
        let name = self.source_name.as_ref().map_or_else(|| "=?".to_owned(), |name| format!("@{name}"));
        assemble(&main, &self.strings, name.as_bytes())
    }
}

/// Stepping in: a module of what the core's compiler made.
impl From<Arc<Proto>> for CompiledModule {
    fn from(compiled: Arc<Proto>) -> Self {
        let (main, strings) = describe(&compiled);
        let file = compiled.source.strip_prefix(b"@").map(|name| String::from_utf8_lossy(name).into_owned());
        CompiledModule::new(main, strings, file, compiled)
    }
}

/// Loading a module into a heap by hand.
pub mod loader {
    use super::{CompilationConstant, CompiledFunction, CompiledModule, LuaError, LuaResult};
    use crate::bytecode::verify::MAX_DEPTH;
    use crate::compat::codegen::{bad_prototype, bad_string};
    use crate::compat::deprecation::{self, Api};
    use crate::compat::handle::{FunctionProtoHandle, StringHandle};
    use crate::compat::transaction::HeapTransaction;
    use crate::compat::value::{FunctionProto, UpvalueInfo, Value};

    /// Makes the module's strings and prototypes, at once; returns the main prototype.
    ///
    /// # Errors
    /// [`LuaError::CompileError`] if an index is out of range.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::load; see MIGRATION.md#old-compile")
    )]
    #[track_caller]
    pub fn load_module<'a>(tx: &mut HeapTransaction<'a>, module: &CompiledModule) -> LuaResult<FunctionProtoHandle> {
        deprecation::used(Api::CompilerLoaderLoadModule);
        deprecation::own(|| {
            let strings = module.strings.iter().map(|text| tx.create_string(text)).collect::<LuaResult<Vec<_>>>()?;
            load_function(tx, &module.main(), &strings, 0)
        })
    }

    fn load_function(
        tx: &mut HeapTransaction<'_>,
        function: &CompiledFunction,
        strings: &[StringHandle],
        depth: usize,
    ) -> LuaResult<FunctionProtoHandle> {
        if depth > MAX_DEPTH {
            return Err(LuaError::CompileError("functions nest too deep".to_owned()));
        }
        let mut constants = Vec::with_capacity(function.constants.len());
        for constant in &function.constants {
            constants.push(match constant {
                CompilationConstant::Nil => Value::Nil,
                CompilationConstant::Boolean(b) => Value::Boolean(*b),
                CompilationConstant::Number(n) => Value::Number(*n),
                CompilationConstant::String(number) => {
                    Value::String(*strings.get(*number).ok_or_else(|| bad_string(*number))?)
                }
                CompilationConstant::FunctionProto(number) => {
                    let nested = function.prototypes.get(*number).ok_or_else(|| bad_prototype(*number))?;
                    Value::FunctionProto(load_function(tx, nested, strings, depth + 1)?)
                }
            });
        }
        let upvalues = function.upvalues.iter();
        tx.create_function_proto(FunctionProto {
            bytecode: function.bytecode.clone(),
            constants,
            num_params: function.num_params,
            is_vararg: function.is_vararg,
            max_stack_size: function.max_stack_size,
            upvalues: upvalues.map(|up| UpvalueInfo { in_stack: up.in_stack, index: up.index }).collect(),
        })
    }
}
