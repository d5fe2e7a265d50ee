//! The embedded store: strings, hashes, lists, sets and counters in memory, with the commands of Redis 7.
//!
//! Keys and values are bytes. One lock guards everything, so that a command happens as a whole and a script's commands can be
//! kept together ([`Storage::exclusively`](crate::script::Storage::exclusively)).

#![forbid(unsafe_code)]

mod command;
mod connection;
mod database;
pub mod engine;
mod extended;
mod glob;
mod hash;
mod key;
mod list;
mod number;
mod random;
mod set;
mod string;
#[cfg(test)]
mod tests;

pub use engine::StorageEngine;
