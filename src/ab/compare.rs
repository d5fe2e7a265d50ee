//! Runs all scripts on all engines, several times, and judges each script.
//!
//! Each round runs every script on every engine once, in a random order, so that a slow spell of the machine falls on no
//! engine in particular. What looks like a mismatch then gets more runs, the first of them in another second of the clock, in
//! order to find out whether an engine agrees with itself.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{Engine, Host};
use super::report::{EngineTimes, OpcodeShare, ScriptReport};
use super::shuffle::Random;
use super::verdict::{Outcomes, Verdict, judge};
use super::{median, profile};

/// Runs of each engine that a mismatch has to survive, beyond the rounds.
const MORE_RUNS: usize = 5;
/// Longer than a second, which is what `os.time` counts in.
const NEXT_SECOND: Duration = Duration::from_millis(1050);
/// What the further runs of a script may take together.
const MORE_TIME: Duration = Duration::from_secs(10);

/// What to run and how.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) host: Host,
    pub(crate) scripts: Vec<PathBuf>,
    /// The first is the one that the others are compared with.
    pub(crate) engines: Vec<Engine>,
    pub(crate) runs: usize,
    pub(crate) seed: u64,
}

/// A script's runs so far.
struct Record {
    outcomes: Vec<Outcomes>,
    times: Vec<Vec<Duration>>,
}

impl Plan {
    /// The number of runs, of which `progress` hears.
    pub(crate) fn steps(&self) -> usize {
        self.scripts.len() * (self.engines.len() * self.runs + 1)
    }

    /// Runs everything.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(crate) fn run(&self, mut progress: impl FnMut(&str)) -> io::Result<Vec<ScriptReport>> {
        let mut records: Vec<Record> = self.scripts.iter().map(|_| self.record()).collect();
        let mut random = Random::new(self.seed);
        let mut order: Vec<(usize, usize)> =
            (0..self.scripts.len()).flat_map(|script| (0..self.engines.len()).map(move |e| (script, e))).collect();
        for _ in 0..self.runs {
            random.shuffle(&mut order);
            for &(script, engine) in &order {
                self.run_once(&mut records[script], script, engine)?;
                progress(&self.scripts[script].to_string_lossy());
            }
        }
        if records.iter().any(|record| self.is_mismatch(record)) {
            thread::sleep(NEXT_SECOND);
        }
        let mut reports = Vec::new();
        for (script, mut record) in records.into_iter().enumerate() {
            if self.is_mismatch(&record) {
                self.run_more(&mut record, script)?;
            }
            let verdict = judge(&record.outcomes, self.host.limit);
            reports.push(self.report(script, &record, &verdict)?);
            progress(&self.scripts[script].to_string_lossy());
        }
        Ok(reports)
    }

    fn record(&self) -> Record {
        Record {
            outcomes: self.engines.iter().map(|engine| Outcomes::new(engine.name())).collect(),
            times: vec![Vec::new(); self.engines.len()],
        }
    }

    fn is_mismatch(&self, record: &Record) -> bool {
        matches!(judge(&record.outcomes, self.host.limit), Verdict::Mismatch(_))
    }

    fn run_once(&self, record: &mut Record, script: usize, engine: usize) -> io::Result<()> {
        // One that has hung will hang again.
        if record.outcomes[engine].timed_out() {
            return Ok(());
        }
        let run = self.host.run(&self.engines[engine], &self.scripts[script], &[])?;
        record.outcomes[engine].add(run.outcome);
        record.times[engine].push(run.time);
        Ok(())
    }

    /// The times of these runs do not count: the other scripts had none at that time.
    fn run_more(&self, record: &mut Record, script: usize) -> io::Result<()> {
        let start = Instant::now();
        let times = record.times.clone();
        for _ in 0..MORE_RUNS {
            for engine in 0..self.engines.len() {
                self.run_once(record, script, engine)?;
            }
            if !self.is_mismatch(record) || start.elapsed() > MORE_TIME {
                break;
            }
        }
        record.times = times;
        Ok(())
    }

    fn report(&self, script: usize, record: &Record, verdict: &Verdict) -> io::Result<ScriptReport> {
        let path = &self.scripts[script];
        let lacking = matches!(verdict, Verdict::NotOnOldVm(_));
        let engines: Vec<EngineTimes> = self
            .engines
            .iter()
            .zip(record.times.iter().zip(&record.outcomes))
            // The time of a run that was stopped, or failed for want of a library, says nothing.
            .filter(|(engine, (_, outcomes))| {
                let failed = lacking && **engine == Engine::Old;
                !failed && !outcomes.timed_out()
            })
            .map(|(engine, (times, _))| {
                let ms: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
                EngineTimes { engine: engine.name(), median_ms: median(&ms), ms }
            })
            .collect();
        let counts = match verdict {
            Verdict::Stopped(_) => None,
            _ => profile::instructions(&self.host, path)?,
        };
        let counts = counts.unwrap_or_default();
        let replay = match verdict {
            Verdict::Mismatch(_) => {
                let lines = self.engines.iter().map(|engine| self.host.command_line(&engine.options(), path, &[]));
                lines.collect()
            }
            _ => Vec::new(),
        };
        let mut report = ScriptReport {
            script: path.to_string_lossy().into_owned(),
            verdict: verdict.name(),
            detail: verdict.detail(),
            differences: match verdict {
                Verdict::Mismatch(differences) => differences.clone(),
                _ => Vec::new(),
            },
            engines,
            ratio: None,
            instructions: counts.iter().map(|(_, count)| count).sum(),
            opcodes: counts
                .iter()
                .map(|(opcode, count)| OpcodeShare { opcode: opcode.name(), count: *count })
                .collect(),
            replay,
        };
        report.ratio = report.time("old").zip(report.time("new")).map(|(old, new)| old / new);
        Ok(report)
    }
}
