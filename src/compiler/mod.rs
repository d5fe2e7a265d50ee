//! Syntax tree to bytecode.
//!
//! The generator is `lcode.c` and the code-generating half of `lparser.c` of PUC-Rio Lua 5.1.5, fed from the syntax
//! tree: same instructions, same registers, same constants in the same order, same line for each instruction. What is
//! different:
//!
//! - A nested function is a constant. Those constants follow all others, which so keep PUC's numbers.
//! - No pseudo-instructions follow `CLOSURE`; the captures are the nested `Proto`'s `upvalues`.
//! - `SETLIST` with `C` = 0 is followed by an `EXTRAARG` word.
//! - The tree of one statement of the main function is compiled before the next statement is read.
//! - Jump lists are linear, and a jump that does not reach its target goes by way of another jump to the same place.
//!
//! Files: `state` (the function being compiled: blocks, locals, upvalues), `constants`, `jumps` (jump lists), `emit`
//! (registers and single expressions), `operators`, `expr` and `stat` (the walk over the tree).

#![forbid(unsafe_code)]

mod constants;
mod emit;
mod expr;
mod jumps;
mod operators;
mod stat;
mod state;

use std::mem::take;
use std::sync::Arc;

use crate::bytecode::{Constant, LocalVar, Proto, UpvalueDesc, VarargFlags};
use crate::host_stack::{OutOfStack, with_room};
use crate::syntax::ast::{Ast, Function, List, Pos};
use crate::syntax::{Lexer, PAID_AT_ONCE, Parser, Source, Symbol, SyntaxError, UNITS_PER_NODE, Whole, limit_message};
use state::FunctionState;

/// Most upvalues of a function (`LUAI_MAXUPVALUES`).
const MAX_UPVALUES: u32 = 60;
/// Most local variables declared in a function (`SHRT_MAX`, the type of PUC's index).
const MAX_DECLARATIONS: usize = i16::MAX as usize;

/// Why a statement was not compiled.
#[derive(Debug)]
struct Fault {
    /// After the last token that PUC's parser would have consumed; [`Pos::LOST`] if there is a syntax error before it.
    pos: Pos,
    message: String,
    place: Place,
}

/// What a message says of where a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Line and next token.
    Token,
    Line,
    Nowhere,
}

type Result<T> = std::result::Result<T, Box<Fault>>;

/// A chunk that was not compiled.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: SyntaxError,
    /// PUC raises it as it does an error at run time.
    pub(crate) is_raised: bool,
}

impl Refusal {
    /// A precompiled chunk's.
    pub(crate) fn of_dump(message: Vec<u8>) -> Self {
        Refusal { error: SyntaxError { message, line: 0, column: 1, at_eof: false }, is_raised: false }
    }
}

/// Compiles a chunk.
///
/// `chunk_name` is in Lua's convention (`@file`, `=label`, or the source itself).
///
/// # Errors
/// If `source` is no Lua program, or exceeds one of the compiler's limits.
pub fn compile(source: &[u8], chunk_name: &[u8]) -> std::result::Result<Arc<Proto>, SyntaxError> {
    compile_from(Box::new(Whole(source)), chunk_name).map_err(|refusal| refusal.error)
}

/// Compiles a chunk while it is read.
pub(crate) fn compile_from<'s>(
    source: Box<dyn Source + 's>,
    chunk_name: &'s [u8],
) -> std::result::Result<Arc<Proto>, Refusal> {
    let mut parser = Parser::new(Lexer::reading(source, chunk_name));
    let compiled = compile_chunk(&mut parser, chunk_name);
    parser.pay();
    compiled.map_err(|fault| {
        // The syntax error, if that is what the compiler came to.
        if fault.pos == Pos::LOST
            && let Some(error) = parser.take_failure()
        {
            return Refusal { error: *error, is_raised: false };
        }
        let error = match fault.place {
            Place::Token => *parser.error_after(fault.pos, &fault.message, true),
            Place::Line => *parser.error_after(fault.pos, &fault.message, false),
            Place::Nowhere => {
                let message = fault.message.into_bytes();
                SyntaxError { message, line: fault.pos.line, column: 1, at_eof: false }
            }
        };
        Refusal { error, is_raised: fault.place == Place::Nowhere }
    })
}

fn compile_chunk(parser: &mut Parser<'_>, chunk_name: &[u8]) -> Result<Arc<Proto>> {
    let nothing = Ast::default();
    let mut compiler = Compiler {
        ast: &nothing,
        payer: None,
        unpaid: 0,
        finished: 0,
        chunk_name: chunk_name.into(),
        pos: Pos::START,
        declared: Vec::new(),
        fs: FunctionState::new(0),
        outer: Vec::new(),
    };
    parser.open_chunk();
    loop {
        let mut stats = List::default();
        let goes_on = parser.next_statement(&mut stats);
        let tree = parser.take_tree(stats);
        let mut at_work = compiler.over(&tree, Some(parser.lexer_mut()));
        let result = if goes_on { at_work.statements(stats).map(|()| None) } else { at_work.main().map(Some) };
        compiler = at_work.over(&nothing, None);
        parser.give_back(tree, compiler.size());
        if let Some(proto) = result? {
            return Ok(Arc::new(proto));
        }
    }
}

/// By way of whom the compiler pays.
trait Payer {
    /// See [`Source::pay`]: `held` is what the tree and the compiler hold.
    fn pay(&mut self, units: u64, held: usize) -> bool;
}

impl Payer for Lexer<'_> {
    fn pay(&mut self, units: u64, held: usize) -> bool {
        Lexer::pay(self, units, held)
    }
}

/// The state of a compilation.
struct Compiler<'a> {
    /// What is compiled at the moment.
    ast: &'a Ast,
    /// While there is something to compile.
    payer: Option<&'a mut dyn Payer>,
    /// Nodes and instructions that are not paid for.
    unpaid: usize,
    /// Bytes of the functions that are finished.
    finished: usize,
    chunk_name: Arc<[u8]>,
    /// After the last token that PUC's parser would have consumed by now: the line of whatever is emitted.
    pos: Pos,
    /// How many local variables of each name are in scope, in all functions: most names have none and are global.
    declared: Vec<u32>,
    /// The function being compiled.
    fs: FunctionState,
    /// The functions around it, the main chunk first.
    outer: Vec<FunctionState>,
}

impl Compiler<'_> {
    /// Compiles something inside of what is being compiled; the parser has counted the levels.
    fn level<T>(&mut self, rule: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        match with_room(|| rule(self)) {
            Ok(result) => result,
            Err(OutOfStack) => self.error_plain("not enough memory"),
        }
    }

    /// Goes on with another tree.
    fn over<'b>(self, ast: &'b Ast, payer: Option<&'b mut dyn Payer>) -> Compiler<'b> {
        let Compiler { unpaid, finished, chunk_name, pos, mut declared, fs, outer, .. } = self;
        declared.resize(ast.symbols.len().max(declared.len()), 0);
        Compiler { ast, payer, unpaid, finished, chunk_name, pos, declared, fs, outer }
    }

    /// Counts work, which is paid for from time to time.
    #[inline]
    fn work(&mut self, amount: usize) -> Result<()> {
        self.unpaid += amount;
        if self.unpaid < PAID_AT_ONCE { Ok(()) } else { self.pay() }
    }

    #[cold]
    fn pay(&mut self) -> Result<()> {
        let units = take(&mut self.unpaid) as u64 * UNITS_PER_NODE;
        let held = self.ast.size() + self.size();
        let is_refused = self.payer.as_mut().is_some_and(|payer| !payer.pay(units, held));
        if is_refused { self.error_plain("not enough memory") } else { Ok(()) }
    }

    /// Bytes the compiler holds.
    fn size(&self) -> usize {
        let functions = self.outer.iter().map(FunctionState::size).sum::<usize>() + self.fs.size();
        self.finished + functions + self.declared.capacity() * size_of::<u32>()
    }

    /// Ends the main function.
    fn main(&mut self) -> Result<Proto> {
        let main = &self.ast.main;
        self.move_to(main.end)?;
        let vararg = VarargFlags { has_arg: false, is_vararg: true, needs_arg: false };
        let proto = self.finish_function(main, 0, vararg)?;
        self.pay()?;
        debug_assert_eq!(crate::bytecode::verify::verify(&proto), Ok(()));
        Ok(proto)
    }

    /// What follows was read by PUC's parser, too. There is nothing more after a syntax error.
    fn move_to(&mut self, pos: Pos) -> Result<()> {
        self.pos = pos;
        if pos == Pos::LOST { self.fault("syntax error", Place::Nowhere) } else { Ok(()) }
    }

    #[cold]
    fn fault<T>(&self, message: impl Into<String>, place: Place) -> Result<T> {
        Err(Box::new(Fault { pos: self.pos, message: message.into(), place }))
    }

    /// An error at the token PUC's parser would be at.
    fn error_at_token<T>(&self, message: &str) -> Result<T> {
        self.fault(message, Place::Token)
    }

    /// An exceeded limit of the function that begins at `line`.
    fn error_limit<T>(&self, line: u32, limit: u32, what: &str) -> Result<T> {
        self.fault(limit_message(line, limit, what), Place::Line)
    }

    /// An error that PUC raises without saying where.
    fn error_plain<T>(&self, message: &str) -> Result<T> {
        self.fault(message, Place::Nowhere)
    }

    /// Begins a function inside the current one.
    fn open_function(&mut self, line: u32) {
        let outer = std::mem::replace(&mut self.fs, FunctionState::new(line));
        self.outer.push(outer);
    }

    /// Ends the current function: emits the final return and makes its `Proto`. The state is replaced by that of the
    /// function around it, if there is one.
    fn finish_function(&mut self, function: &Function, num_params: u8, vararg: VarargFlags) -> Result<Proto> {
        self.remove_locals(0);
        self.emit_return(0, 0)?;
        self.finished += self.fs.size() + size_of::<Proto>();
        let outer = self.outer.pop().unwrap_or_default();
        let fs = std::mem::replace(&mut self.fs, outer);
        let symbols = &self.ast.symbols;
        let name = |symbol: Symbol| Arc::clone(symbols.string(symbol));
        let mut code = fs.code;
        let mut constants = fs.constants.into_constants(symbols);
        if constants.len() + fs.functions.len() > constants::MAX_CONSTANTS {
            return self.error_plain("constant table overflow");
        }
        for (proto, pc) in fs.functions {
            // `CLOSURE` was emitted before the number of its constant was known.
            let word = code[pc as usize];
            code[pc as usize] = crate::bytecode::Instruction::abx(word.opcode(), word.a(), constants.len() as u32);
            constants.push(Constant::Function(proto));
        }
        let local = |local: state::LocalInfo| LocalVar {
            name: match local.name {
                state::LocalName::Symbol(symbol) => name(symbol),
                state::LocalName::Hidden(text) => text.as_bytes().into(),
            },
            start_pc: local.start_pc,
            end_pc: local.end_pc,
        };
        let upvalue = |upvalue: state::UpvalueInfo| UpvalueDesc {
            name: name(upvalue.name),
            in_stack: upvalue.in_stack,
            index: upvalue.index,
        };
        let proto = Proto {
            source: Arc::clone(&self.chunk_name),
            line_defined: function.line,
            last_line_defined: function.last_line,
            code,
            lines: fs.lines,
            constants,
            upvalues: fs.upvalues.into_iter().map(upvalue).collect(),
            locals: fs.locals.into_iter().map(local).collect(),
            num_params,
            vararg,
            max_stack_size: fs.max_stack_size,
            clean_registers: fs.clean_registers,
        };
        Ok(proto)
    }
}
