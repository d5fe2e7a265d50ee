//! The classic bytecode: what the compiler produces and every engine executes.
//!
//! A [`Proto`] is a compiled function in the 38 opcodes of Lua 5.1, numbered and laid out as Ferrous always
//! numbered them. Nothing here knows a virtual machine: the old one executes a `Proto` as it is, the core lowers it
//! to its own code first.

#![forbid(unsafe_code)]

pub mod dump;
mod instruction;
pub mod listing;
pub mod names;
mod opcode;
mod operands;
mod proto;
pub(crate) mod request;
pub mod verify;

pub use instruction::{FIELDS_PER_FLUSH, Instruction, MAX_A, MAX_B, MAX_BX, MAX_C, MAX_INDEX_RK, MAX_SBX, NO_REGISTER};
pub use listing::write_listing;
pub use names::{NameKind, call_name, register_name};
pub use opcode::{Effect, Format, Group, OpCode, Operand};
pub use operands::operand_registers;
pub use proto::{Constant, LocalVar, Proto, UpvalueDesc, VarargFlags};
pub(crate) use request::comparison_message;
