//! What goes between a client and a store: frames of the Redis protocol.

#![forbid(unsafe_code)]

pub mod resp;

pub use resp::RespFrame;
