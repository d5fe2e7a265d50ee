//! What the program has to do with the bridge: its options about routes, what is done about mismatches, and who uses old items.
#![forbid(unsafe_code)]

use crate::bytecode::OpCode;
use crate::compat::deprecation::ReportAtEnd;
use crate::router::{OpPolicy, Source, opcode_named};
use crate::vm::LuaVM;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RouteOptions {
    /// `--ops`, as often as it was given.
    pub(super) ops: Vec<String>,
    pub(super) seed: Option<u64>,
    pub(super) strict: bool,
    /// The file that mismatches are written to.
    pub(super) report: Option<String>,
    /// The opcode that the core is to get wrong.
    pub(super) fault: Option<OpCode>,
}

/// The options with an operand.
pub(super) const OPTIONS: [&str; 4] = ["--fault", "--ops", "--ops-seed", "--shadow-report"];

impl RouteOptions {
    /// Takes an option's operand; false if it is not understood.
    pub(super) fn take(&mut self, name: &str, operand: &str) -> bool {
        match name {
            "--ops" => self.ops.push(operand.to_owned()),
            "--ops-seed" => {
                self.seed = operand.parse().ok();
                return self.seed.is_some();
            }
            "--shadow-report" => self.report = Some(operand.to_owned()),
            _ => {
                self.fault = opcode_named(operand);
                return self.fault.is_some();
            }
        }
        true
    }

    /// The name of one of the options that were given, if any was.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--ops", !self.ops.is_empty()),
            ("--ops-seed", self.seed.is_some()),
            ("--shadow-strict", self.strict),
            ("--shadow-report", self.report.is_some()),
            ("--fault", self.fault.is_some()),
        ];
        given.into_iter().find_map(|(name, given)| given.then_some(name))
    }

    /// Prepares a machine as the options, and the environment, ask for.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn apply(&self, vm: &mut LuaVM) -> Result<(), String> {
        let mut policy = OpPolicy::from_env().map_err(|error| error.to_string())?;
        for spec in &self.ops {
            policy.apply(spec, Source::CommandLine).map_err(|error| format!("--ops: {error}"))?;
        }
        if let Some(seed) = self.seed {
            policy = policy.seed(seed);
        }
        if policy != OpPolicy::new() {
            vm.set_op_policy(policy);
        }
        if self.strict {
            vm.set_shadow_strict(true);
        }
        if let Some(path) = &self.report {
            let file = std::fs::File::create(path);
            let file = file.map_err(|error| format!("--shadow-report: cannot write '{path}': {error}"))?;
            vm.set_shadow_report(Some(Box::new(file)));
        }
        vm.plant_opcode_fault(self.fault);
        Ok(())
    }
}

/// Says who has used old items, when the program ends.
pub(super) fn report_at_end() -> ReportAtEnd {
    ReportAtEnd
}

/// What is to be said about the mismatches of a run; `None` if there were none.
pub(super) fn mismatch_report(vm: &LuaVM) -> Option<String> {
    let total = vm.op_counts().total();
    if total.mismatched == 0 {
        return None;
    }
    let shown: Vec<String> = vm.op_mismatches().iter().map(ToString::to_string).collect();
    Some(format!("{}\n{} mismatches in {} comparisons", shown.join("\n"), total.mismatched, total.shadowed))
}
