//! A generated program does on the core what it does on the old VM and on the real `lua5.1`.
#![no_main]

use ferrous_fuzz::{Choices, engines, with_reference};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    with_reference(|reference| engines::check_engines(&mut Choices::of(bytes), reference));
});
