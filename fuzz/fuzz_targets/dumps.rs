//! A precompiled chunk that no compiler made is refused, or runs without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| ferrous_fuzz::dumps::check_dump(data));
