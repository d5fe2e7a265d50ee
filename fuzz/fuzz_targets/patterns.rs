//! Patterns match, and formats print, as models and the real `lua5.1` do.
#![no_main]

use ferrous_fuzz::formats::{Conversion, check_number, check_string};
use ferrous_fuzz::patterns::{Pattern, check_all_matches, check_search, check_text, random_subject, random_text};
use ferrous_fuzz::{Choices, with_machine, with_reference};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices::of(bytes);
    match choices.below(4) {
        0 => {
            let subject = random_subject(&mut choices);
            let pattern = Pattern::random(&mut choices);
            check_search(&subject, &pattern);
            check_all_matches(&subject, &pattern);
        }
        1 => {
            let (subject, pattern) = (random_subject(&mut choices), random_text(&mut choices));
            with_reference(|reference| {
                if let Some(reference) = reference {
                    with_machine(|vm| check_text(vm, &subject, &pattern, reference));
                }
            });
        }
        2 => check_number(&Conversion::random(&mut choices, b"diouxXeEfgGc"), f64::from_bits(choices.next())),
        _ => check_string(&Conversion::random(&mut choices, b"sq"), choices.rest()),
    }
});
