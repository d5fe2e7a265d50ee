//! Commands, EVAL among them, have replies that the protocol can carry.
#![no_main]

use ferrous_fuzz::{Choices, commands};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| commands::check_commands(&mut Choices::of(bytes)));
