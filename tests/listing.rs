//! Listings of compiled programs, against `listings/*.txt`.
//!
//! The files were compared with what `luac5.1 -l` prints. With `FERROUS_UPDATE_LISTINGS` set, they are written anew.

#![forbid(unsafe_code)]

use std::fs;
use std::path::PathBuf;

use ferrous::bytecode::listing::write_listing;
use ferrous::compiler::compile;
use pretty_assertions::assert_eq;

fn check(name: &str) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    let source = fs::read(directory.join(format!("{name}.lua"))).unwrap();
    let proto = compile(&source, format!("@{name}.lua").as_bytes()).unwrap();
    let mut listing = String::new();
    write_listing(&proto, &mut listing, true);
    let expected = directory.join(format!("{name}.txt"));
    if std::env::var_os("FERROUS_UPDATE_LISTINGS").is_some() {
        fs::write(&expected, &listing).unwrap();
    }
    assert_eq!(listing, fs::read_to_string(expected).unwrap());
}

#[test]
fn expressions() {
    check("expressions");
}

#[test]
fn loops() {
    check("loops");
}

#[test]
fn functions() {
    check("functions");
}

#[test]
fn long_chains_compile() {
    let chains = [
        format!("return a{}", " and a".repeat(100_000)),
        format!("return a{}", " or a and b".repeat(50_000)),
        format!("return a{}", " + a".repeat(100_000)),
        format!("if a then b() {} end", "elseif a then b() ".repeat(100_000)),
        format!("repeat until a{}", " and a".repeat(100_000)),
        format!("a{}()", ".b.c()".repeat(100_000)),
        format!("return {{{}}}", "1,".repeat(100_000)),
    ];
    for source in chains {
        let proto = compile(source.as_bytes(), b"=chain");
        assert!(proto.is_ok_and(|proto| proto.code.len() > 100_000), "{}...", &source[..20]);
    }
}

#[test]
fn every_prefix_of_a_program_is_compiled_or_refused() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    for name in ["expressions", "loops", "functions"] {
        let source = fs::read(directory.join(format!("{name}.lua"))).unwrap();
        for end in 0..source.len() {
            if let Err(error) = compile(&source[..end], b"=t") {
                assert!(error.to_string().starts_with("t:"), "{error}");
            }
        }
    }
}
