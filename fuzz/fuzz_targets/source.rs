//! Source text is accepted or refused as by the real compiler.
#![no_main]

use ferrous_fuzz::{sources, with_reference};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| with_reference(|reference| sources::check_source(source, reference)));
