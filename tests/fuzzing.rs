//! The oracles of the fuzz targets without a fuzzer: on the fuzzer's seed corpus and on random bytes. `FERROUS_FUZZ_SEED` begins elsewhere;
//! `FERROUS_FUZZ_RUNS` makes it longer; `FERROUS_FUZZ_CORPUS` names a corpus that has grown, as seen from `fuzz`.

#![cfg(feature = "compat")]
#![forbid(unsafe_code)]

mod support;

use std::fs;
use std::path::Path;

use support::choices::Choices;
use support::{calls, commands, dumps, engines, sources};

/// Calls an oracle with each file of a target's seed corpus, and with random bytes.
fn each(target: &str, runs: u64, mut check: impl FnMut(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let corpus = std::env::var_os("FERROUS_FUZZ_CORPUS").map(|folder| fuzz.join(folder).join(target));
    for folder in [Some(fuzz.join("seeds").join(target)), corpus].into_iter().flatten() {
        let mut files = 0;
        for entry in fs::read_dir(&folder).expect("a folder of inputs") {
            let file = entry.expect("an entry").path();
            println!("{}", file.display());
            check(&fs::read(file).expect("a file"));
            files += 1;
        }
        assert!(files > 0, "nothing in {}", folder.display());
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FERROUS_FUZZ_SEED").unwrap_or(1);
    for seed in first..first + number("FERROUS_FUZZ_RUNS").unwrap_or(runs) {
        println!("FERROUS_FUZZ_SEED={seed}");
        let mut choices = Choices::seeded(seed);
        let length = 1 + choices.below(400);
        let bytes: Vec<u8> = (0..length).map(|_| choices.below(256) as u8).collect();
        check(&bytes);
    }
}

#[test]
fn any_sequence_of_calls_leaves_the_machine_usable() {
    each("calls", 60, |bytes| calls::check_calls(&mut Choices::of(bytes)));
}

#[test]
fn any_command_has_a_reply_that_can_be_written() {
    each("commands", 60, |bytes| commands::check_commands(&mut Choices::of(bytes)));
}

#[test]
fn any_dump_is_refused_or_harmless() {
    // Few changes leave a dump good.
    each("dumps", 200, |bytes| {
        dumps::check_dump(&bytes[..bytes.len().min(24)]);
        dumps::check_dump(bytes);
    });
}

#[test]
fn any_text_compiles_or_is_refused() {
    each("source", 200, |bytes| {
        sources::check_source(bytes, None);
        sources::check_source(&sources::random_source(&mut Choices::of(bytes)), None);
    });
}

#[test]
fn any_program_does_the_same_on_the_old_vm() {
    each("programs", 40, |bytes| {
        engines::check_engines(&mut Choices::of(bytes), None);
    });
}
