//! Source text to syntax tree: lexer, parser and the tree itself.
//!
//! [`parse`] is the entry point. It checks everything that Lua 5.1's grammar rules say (including what `break` and
//! `...` need around them) but resolves no names; the compiler does that. Invariants:
//!
//! - No input makes it panic, and its recursion is bounded by Lua's own limit on syntax levels.
//! - Time and space are linear in the length of the source.
//! - A [`SyntaxError`] carries the very text PUC-Rio Lua 5.1.5 would give.

#![forbid(unsafe_code)]

pub mod ast;
mod error;
mod lexer;
mod parser;
mod parser_expr;
mod source;
mod symbols;
mod token;

pub use error::SyntaxError;
pub(crate) use error::chunk_label;
pub use lexer::Lexer;
pub use parser::parse;
pub(crate) use parser::{Parser, limit_message};
pub(crate) use source::{PAID_AT_ONCE, PIECE, Source, UNITS_PER_NODE, Whole};
pub use symbols::{Symbol, Symbols};
pub use token::Token;

/// Result of everything in the front end; the error is boxed to keep results small.
pub(crate) type Result<T> = std::result::Result<T, Box<SyntaxError>>;
