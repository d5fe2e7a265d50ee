//! The safe interface withstands any sequence of calls.
#![no_main]

use ferrous_fuzz::{Choices, calls};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| calls::check_calls(&mut Choices::of(bytes)));
