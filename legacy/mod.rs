//! The old VM: every heap access in a transaction, every call in a register window.
//!
//! Nothing of it is here yet. It will execute a [`Proto`](crate::bytecode::Proto) as it is, and know the front end, the
//! bytecode and the pure kernels, but never the core's arenas or machine.

#![forbid(unsafe_code)]
