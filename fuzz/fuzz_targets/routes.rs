//! A generated program does the same whatever its opcodes' routes are.
#![no_main]

use ferrous_fuzz::{Choices, engines};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    engines::check_routes(&mut Choices::of(bytes));
});
