//! The compiled function, as every engine receives it.

use std::sync::Arc;

use super::Instruction;

/// A compiled function: code, constants and debug information. Immutable and shared once compiled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Proto {
    /// Chunk name in Lua's convention: `@file`, `=label`, or the source text itself.
    pub source: Arc<[u8]>,
    /// Line of the `function` keyword; 0 for a main chunk.
    pub line_defined: u32,
    /// Line of the closing `end`; 0 for a main chunk.
    pub last_line_defined: u32,
    /// The instructions. The last one is always a `RETURN`.
    pub code: Vec<Instruction>,
    /// Source line of each instruction; empty if debug information was stripped.
    pub lines: Vec<u32>,
    /// The constants. A nested function is a constant as well.
    pub constants: Vec<Constant>,
    /// What each upvalue captures, in order.
    pub upvalues: Vec<UpvalueDesc>,
    /// Debug information of local variables, in the order of their declaration.
    pub locals: Vec<LocalVar>,
    /// Number of fixed parameters.
    pub num_params: u8,
    /// Whether and how the function takes variable arguments.
    pub vararg: VarargFlags,
    /// Number of registers the function needs, at least 2.
    pub max_stack_size: u8,
    /// The registers below this one must be nil when the function begins, unless a parameter is in them: the compiler
    /// leaves out a `LOADNIL` that would come first.
    pub clean_registers: u8,
}

/// A constant of a [`Proto`].
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string of any bytes.
    String(Arc<[u8]>),
    /// A nested function, which `CLOSURE` instantiates.
    Function(Arc<Proto>),
}

/// Where a closure finds one of its upvalues when it is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpvalueDesc {
    /// The variable's name; empty if debug information was stripped.
    pub name: Arc<[u8]>,
    /// Whether it is a register of the enclosing function (`true`) or one of its upvalues (`false`).
    pub in_stack: bool,
    /// That register or upvalue.
    pub index: u8,
}

/// Debug information of one local variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalVar {
    /// The variable's name.
    pub name: Arc<[u8]>,
    /// First instruction at which it is alive.
    pub start_pc: u32,
    /// First instruction at which it is dead.
    pub end_pc: u32,
}

/// How a function takes variable arguments (`VARARG_*` of Lua 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VarargFlags {
    /// It has a local `arg` (a 5.0-style vararg function; never a main chunk).
    pub has_arg: bool,
    /// It was declared with `...`.
    pub is_vararg: bool,
    /// Its local `arg` must be filled: it is a vararg function that does not use `...` itself.
    pub needs_arg: bool,
}

impl Proto {
    /// Bytes it occupies, but for what it shares with others: nested functions, names and strings.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + self.code.len() * size_of::<Instruction>()
            + self.lines.len() * size_of::<u32>()
            + self.constants.len() * size_of::<Constant>()
            + self.upvalues.len() * size_of::<UpvalueDesc>()
            + self.locals.len() * size_of::<LocalVar>()
    }

    /// The source line of the instruction at `pc`; 0 if unknown.
    pub fn line(&self, pc: usize) -> u32 {
        self.lines.get(pc).copied().unwrap_or(0)
    }

    /// The name of local variable number `number` (1-based, in register order) alive at `pc`.
    pub fn local_name(&self, number: usize, pc: usize) -> Option<&[u8]> {
        let pc = pc as u32;
        self.locals
            .iter()
            .take_while(|local| local.start_pc <= pc)
            .filter(|local| pc < local.end_pc)
            .nth(number.checked_sub(1)?)
            .map(|local| &*local.name)
    }

    /// The nested functions, in the order of their constants.
    pub fn functions(&self) -> impl Iterator<Item = &Arc<Proto>> {
        self.constants.iter().filter_map(|constant| match constant {
            Constant::Function(proto) => Some(proto),
            _ => None,
        })
    }
}
