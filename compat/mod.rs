//! The bridge: the old public API over the new core.
//!
//! Nothing of it is here yet. It will sit on top of the machine and the old VM; nothing in the core knows of it.

#![forbid(unsafe_code)]
