//! What the bench targets share: the engines they run scripts on, and the report they end with.

pub(crate) mod engine;
pub(crate) mod report;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The scripts in `folder` whose names contain `filter`, sorted by name.
pub(crate) fn scripts(folder: &Path, filter: Option<&str>) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read the programs in {}: {error}", folder.display()))?;
    let mut scripts = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let wanted = filter.is_none_or(|filter| name_of(&path).contains(filter));
        if wanted && path.extension().is_some_and(|extension| extension == "lua") {
            scripts.push(path);
        }
    }
    if scripts.is_empty() {
        let matching = filter.map(|filter| format!(" matching {filter:?}"));
        let matching = matching.unwrap_or_default();
        return Err(format!("no Lua program{matching} in {}", folder.display()).into());
    }
    scripts.sort();
    Ok(scripts)
}

/// The name a script is reported under: its file name without `.lua`.
pub(crate) fn name_of(script: &Path) -> String {
    let stem = script.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A progress bar on standard error for `runs` runs.
pub(crate) fn progress_bar(runs: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} [{elapsed}, {eta} left]")
        .expect("the template is well formed");
    ProgressBar::new(runs as u64).with_style(style)
}

/// Turns the outcome of a bench target, true when all went well, into its exit code.
pub(crate) fn exit_code(outcome: Result<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
