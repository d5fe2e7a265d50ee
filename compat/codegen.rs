//! Compiled functions, as the old compiler gave them, and its opcodes.
//!
//! Words are in the layout of [`crate::bytecode::Instruction`], which is the old one; strings are a list that all functions share.

use std::collections::HashMap;
use std::sync::Arc;

use super::ast::Chunk;
use super::error::{LuaError, LuaResult};
use super::functions::{Parts, number_constant, verified};
use super::old_opcodes::old_opcodes;
use crate::bytecode::verify::MAX_DEPTH;
use crate::bytecode::{Constant, Proto, UpvalueDesc};
use crate::compat::deprecation::{self, Api};

old_opcodes! {
    /// An opcode. [`opcode_to_u8`] gives its number.
    #[derive(Debug, Clone, Copy, PartialEq)]
}

/// A constant of a compiled function.
#[derive(Debug, Clone, PartialEq)]
pub enum CompilationConstant {
    /// `nil`
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// A number
    Number(f64),
    /// The string with this number
    String(usize),
    /// The function's own nested function with this number
    FunctionProto(usize),
}

/// An upvalue of a compiled function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompilationUpvalue {
    /// The variable's name.
    pub name: String,
    /// Whether it is a register of the function around it, rather than one of that function's upvalues.
    pub in_stack: bool,
    /// That register or upvalue.
    pub index: u8,
}

/// A compiled function.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledFunction {
    /// The instructions.
    pub bytecode: Vec<u32>,
    /// The constants.
    pub constants: Vec<CompilationConstant>,
    /// The number of parameters.
    pub num_params: u8,
    /// Whether it takes variable arguments.
    pub is_vararg: bool,
    /// The number of registers.
    pub max_stack_size: u8,
    /// The upvalues.
    pub upvalues: Vec<CompilationUpvalue>,
    /// The nested functions.
    pub prototypes: Vec<CompiledFunction>,
}

/// A compiled chunk and the strings of all its functions.
#[derive(Debug, Clone, PartialEq)]
pub struct CompleteCompilationOutput {
    /// The main function.
    pub main: CompiledFunction,
    /// The strings.
    pub strings: Vec<String>,
}

/// Compiles a syntax tree.
///
/// # Errors
/// [`LuaError::CompileError`] if it is no Lua 5.1, or exceeds a limit.
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::compiler::compile; see MIGRATION.md#old-compile")
)]
#[track_caller]
pub fn generate_bytecode(chunk: &Chunk) -> LuaResult<CompleteCompilationOutput> {
    deprecation::used(Api::CodegenGenerateBytecode);
    let (main, strings) = deprecation::own(|| CodeGenerator::new().generate(chunk))?;
    Ok(CompleteCompilationOutput { main, strings })
}

/// The old compiler's state. Nothing is in it: the compiler of [`crate::compiler`] does the work.
#[derive(Debug)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::compiler::compile; see MIGRATION.md#old-compile")
)]
pub struct CodeGenerator {
    depth: usize,
}

impl Default for CodeGenerator {
    fn default() -> Self {
        CodeGenerator::new()
    }
}

impl CodeGenerator {
    /// One for a chunk.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::compiler::compile; see MIGRATION.md#old-compile")
    )]
    #[track_caller]
    pub fn new() -> Self {
        deprecation::used(Api::CodeGeneratorNew);
        CodeGenerator { depth: 0 }
    }

    /// One for a nested function.
    pub fn child(&self) -> Self {
        CodeGenerator { depth: self.depth + 1 }
    }

    /// Compiles a syntax tree: the function, and the strings.
    ///
    /// # Errors
    /// As [`generate_bytecode`].
    pub fn generate(self, chunk: &Chunk) -> LuaResult<(CompiledFunction, Vec<String>)> {
        let source = super::ast_source::source_of(chunk)?;
        let proto = crate::compiler::compile(source.as_bytes(), b"=?")
            .map_err(|error| LuaError::CompileError(error.to_string()))?;
        Ok(describe(&proto))
    }
}

/// A function as the old API shows it.
pub(super) fn describe(proto: &Proto) -> (CompiledFunction, Vec<String>) {
    let mut strings = Strings::default();
    let main = strings.describe(proto);
    (main, strings.list)
}

/// The strings of a chunk. Bytes that are not UTF-8 are replaced.
#[derive(Default)]
struct Strings {
    list: Vec<String>,
    numbers: HashMap<Arc<[u8]>, usize>,
}

impl Strings {
    fn number(&mut self, bytes: &Arc<[u8]>) -> usize {
        *self.numbers.entry(Arc::clone(bytes)).or_insert_with(|| {
            self.list.push(String::from_utf8_lossy(bytes).into_owned());
            self.list.len() - 1
        })
    }

    /// Nesting is bounded by the compiler.
    fn describe(&mut self, proto: &Proto) -> CompiledFunction {
        let mut prototypes = Vec::new();
        let mut constants = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            constants.push(match constant {
                Constant::Nil => CompilationConstant::Nil,
                Constant::Boolean(b) => CompilationConstant::Boolean(*b),
                Constant::Number(n) => CompilationConstant::Number(*n),
                Constant::String(bytes) => CompilationConstant::String(self.number(bytes)),
                Constant::Function(nested) => {
                    prototypes.push(self.describe(nested));
                    CompilationConstant::FunctionProto(prototypes.len() - 1)
                }
            });
        }
        let upvalue = |upvalue: &UpvalueDesc| CompilationUpvalue {
            name: String::from_utf8_lossy(&upvalue.name).into_owned(),
            in_stack: upvalue.in_stack,
            index: upvalue.index,
        };
        CompiledFunction {
            bytecode: proto.code.iter().map(|word| word.0).collect(),
            constants,
            num_params: proto.num_params,
            is_vararg: proto.vararg.is_vararg,
            max_stack_size: proto.max_stack_size,
            upvalues: proto.upvalues.iter().map(upvalue).collect(),
            prototypes,
        }
    }
}

/// The core's form of a function that was put together, or changed, by hand.
///
/// # Errors
/// [`LuaError::CompileError`] if an index is out of range, or the verifier refuses the code.
pub(super) fn assemble(function: &CompiledFunction, strings: &[String], source: &[u8]) -> LuaResult<Arc<Proto>> {
    verified(assemble_at(function, strings, source, 0)?)
}

fn assemble_at(function: &CompiledFunction, strings: &[String], source: &[u8], depth: usize) -> LuaResult<Proto> {
    if depth > MAX_DEPTH {
        return Err(LuaError::CompileError("functions nest too deep".to_owned()));
    }
    let mut constants = Vec::with_capacity(function.constants.len());
    for constant in &function.constants {
        constants.push(match constant {
            CompilationConstant::Nil => Constant::Nil,
            CompilationConstant::Boolean(b) => Constant::Boolean(*b),
            CompilationConstant::Number(n) => number_constant(*n),
            CompilationConstant::String(number) => {
                let text = strings.get(*number).ok_or_else(|| bad_string(*number))?;
                Constant::String(text.as_bytes().into())
            }
            CompilationConstant::FunctionProto(number) => {
                let nested = function.prototypes.get(*number).ok_or_else(|| bad_prototype(*number))?;
                Constant::Function(Arc::new(assemble_at(nested, strings, source, depth + 1)?))
            }
        });
    }
    let upvalue = |upvalue: &CompilationUpvalue| UpvalueDesc {
        name: upvalue.name.as_bytes().into(),
        in_stack: upvalue.in_stack,
        index: upvalue.index,
    };
    let parts = Parts {
        bytecode: &function.bytecode,
        constants,
        num_params: function.num_params,
        is_vararg: function.is_vararg,
        max_stack_size: function.max_stack_size,
        upvalues: function.upvalues.iter().map(upvalue).collect(),
        source: source.into(),
    };
    Ok(parts.into_proto())
}

pub(super) fn bad_string(number: usize) -> LuaError {
    LuaError::CompileError(format!("Invalid string index: {number}"))
}

pub(super) fn bad_prototype(number: usize) -> LuaError {
    LuaError::CompileError(format!("Invalid function prototype index: {number}"))
}
