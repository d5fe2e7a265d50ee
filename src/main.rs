//! The `ferrous` program; everything it does is in `ferrous::cli`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    ferrous::cli::main()
}
