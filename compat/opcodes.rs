//! The old opcode handlers over the core: what a routed instruction is executed by.
//!
//! [`CoreMemory`] is the old VM's memory made of a transaction and a window that are the core's: reads are the running
//! frame's registers and the core's objects, writes are queued. The core carries them out, or, in a shadow run, compares
//! its own work with them and drops them.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::bytecode::request::{Fault, Request};
use crate::bytecode::{OpCode, Proto};
use crate::error::{Error, RuntimeError};
use crate::legacy::error::LuaError;
use crate::legacy::memory::{self, Memory, View};
use crate::legacy::opcodes;
use crate::router::{Breaker, Counts, Mismatch, OpPolicy};
use crate::value::Value;
use crate::vm::LuaVM;
use crate::vm::foreign::{Divergence, Execution, Foreign, Item, Running, Step, Verdict, Write};

/// Mismatches that are kept.
const KEPT: usize = 100;

/// The running function of the core, as an old handler sees it.
struct CoreMemory<'a, 'vm> {
    running: &'a mut Running<'vm>,
    writes: Vec<Write>,
}

type Fallible<T> = Result<T, memory::Fault>;

fn refused(error: Error) -> memory::Fault {
    memory::Fault::Memory(match error {
        Error::Memory => LuaError::OutOfMemory,
        error => LuaError::InternalError(error.to_string()),
    })
}

fn gone(what: &str) -> memory::Fault {
    memory::Fault::Memory(LuaError::InternalError(format!("a {what} that an instruction uses is gone")))
}

impl CoreMemory<'_, '_> {
    /// The bytes of a string.
    fn text<'a>(&'a self, string: &'a Item) -> Fallible<&'a [u8]> {
        match string {
            Item::Text(bytes) => Ok(bytes),
            Item::Value(Value::String(string)) => self.running.bytes(*string).ok_or_else(|| gone("string")),
            _ => Err(gone("string")),
        }
    }
}

impl Memory for CoreMemory<'_, '_> {
    type Value = Item;

    fn proto(&self) -> &Proto {
        self.running.proto()
    }

    fn register(&mut self, index: usize) -> Fallible<Item> {
        Ok(Item::Value(self.running.register(index)))
    }

    fn set_register(&mut self, index: usize, value: Item) -> Fallible<()> {
        self.writes.push(Write::Register(index, value));
        Ok(())
    }

    fn top(&mut self) -> usize {
        self.running.top()
    }

    fn set_top(&mut self, top: usize) {
        self.writes.push(Write::Top(top));
    }

    fn constant(&mut self, index: usize) -> Fallible<Item> {
        Ok(Item::Value(self.running.constant(index)))
    }

    fn varargs(&mut self) -> Fallible<Vec<Item>> {
        Ok(self.running.varargs().into_iter().map(Item::Value).collect())
    }

    fn upvalue(&mut self, index: usize) -> Fallible<Item> {
        Ok(Item::Value(self.running.upvalue(index)))
    }

    fn set_upvalue(&mut self, index: usize, value: Item) -> Fallible<()> {
        self.writes.push(Write::Upvalue(index, value));
        Ok(())
    }

    fn close_upvalues(&mut self, from: usize) -> Fallible<()> {
        self.writes.push(Write::Close(from));
        Ok(())
    }

    fn environment(&mut self) -> Fallible<Item> {
        Ok(Item::Value(Value::Table(self.running.environment())))
    }

    fn nil(&self) -> Item {
        Item::Value(Value::Nil)
    }

    fn boolean(&self, value: bool) -> Item {
        Item::Value(Value::Boolean(value))
    }

    fn number(&self, value: f64) -> Item {
        Item::Value(Value::Number(value))
    }

    fn string(&mut self, bytes: &[u8]) -> Fallible<Item> {
        Ok(Item::Text(bytes.to_vec()))
    }

    fn table(&mut self, elements: usize, keys: usize) -> Fallible<Item> {
        Ok(Item::Table(elements, keys))
    }

    fn closure(&mut self, index: usize) -> Fallible<Item> {
        Ok(Item::Closure(index))
    }

    fn view(&self, value: &Item) -> View {
        match value {
            Item::Table(..) | Item::Value(Value::Table(_)) => View::Table,
            Item::Closure(_) | Item::Value(Value::Function(_)) => View::Function,
            Item::Value(Value::Nil) => View::Nil,
            Item::Value(Value::Boolean(value)) => View::Boolean(*value),
            Item::Value(Value::Number(value)) => View::Number(*value),
            Item::Text(_) | Item::Value(Value::String(_)) => View::String,
            Item::Value(Value::UserData(_)) => View::UserData,
            Item::Value(Value::Thread(_)) => View::Thread,
        }
    }

    fn bytes(&mut self, string: &Item) -> Fallible<Vec<u8>> {
        Ok(self.text(string)?.to_vec())
    }

    fn length(&mut self, string: &Item) -> Fallible<usize> {
        Ok(self.text(string)?.len())
    }

    fn order(&mut self, left: &Item, right: &Item) -> Fallible<Ordering> {
        Ok(self.text(left)?.cmp(self.text(right)?))
    }

    fn raw_equal(&mut self, left: &Item, right: &Item) -> Fallible<bool> {
        match (left, right) {
            (Item::Value(left), Item::Value(right)) => self.running.raw_equal(*left, *right).map_err(refused),
            (Item::Text(_), _) | (_, Item::Text(_))
                if self.view(left) == View::String && self.view(right) == View::String =>
            {
                Ok(self.text(left)? == self.text(right)?)
            }
            // What does not exist yet is equal to nothing else.
            _ => Ok(false),
        }
    }

    fn raw_get(&mut self, table: &Item, key: &Item) -> Fallible<Item> {
        let (Item::Value(Value::Table(table)), Item::Value(key)) = (table, key) else { return Ok(self.nil()) };
        self.running.raw_get(*table, *key).map(Item::Value).ok_or_else(|| gone("table"))
    }

    fn raw_set(&mut self, table: &Item, key: &Item, value: Item) -> Fallible<()> {
        let (Item::Value(Value::Table(table)), Item::Value(key)) = (table, key) else { return Err(gone("table")) };
        self.writes.push(Write::Field(*table, *key, value));
        Ok(())
    }

    fn grow_array(&mut self, _table: &Item, _elements: usize) -> Fallible<()> {
        // The core does, when it carries out the writes.
        Ok(())
    }

    fn raw_len(&mut self, table: &Item) -> Fallible<usize> {
        let Item::Value(Value::Table(table)) = table else { return Ok(0) };
        self.running.raw_len(*table).ok_or_else(|| gone("table"))
    }

    fn metamethod(&mut self, value: &Item, event: &'static str) -> Fallible<Item> {
        let found = match value {
            Item::Value(value) => self.running.metamethod(*value, event),
            Item::Text(_) => self.running.string_metamethod(event),
            _ => Ok(Value::Nil),
        };
        found.map(Item::Value).map_err(refused)
    }
}

/// Where mismatches are written, one line of JSON each.
pub type ReportSink = Box<dyn std::io::Write + Send + Sync>;

/// The old handlers, and what became of the instructions routed to them.
#[derive(Default)]
struct OldOpcodes {
    counts: Counts,
    breaker: Option<Breaker>,
    mismatches: VecDeque<Mismatch>,
    strict: bool,
    sink: Option<ReportSink>,
    routes: String,
    seed: u64,
}

impl OldOpcodes {
    fn follow(&mut self, policy: &OpPolicy) {
        self.breaker = Some(Breaker::new(policy.breaker_value()));
        self.routes = policy.to_string();
        self.seed = policy.seed_value();
    }

    /// A handler's fault as the core's.
    fn fault(fault: memory::Fault) -> Fault<Error> {
        match fault {
            Fault::Type { verb, kind, operand } => Fault::Type { verb, kind, operand },
            Fault::Compare { left, right } => Fault::Compare { left, right },
            Fault::Message(message) => Fault::Message(message),
            Fault::Memory(LuaError::OutOfMemory) => Fault::Memory(Error::Memory),
            Fault::Memory(error) => {
                Fault::Memory(Error::Runtime(RuntimeError { message: error.to_string().into_bytes() }))
            }
        }
    }
}

impl Foreign for OldOpcodes {
    fn step(&mut self, running: &mut Running<'_>, pc: usize) -> Step {
        let mut memory = CoreMemory { running, writes: Vec::new() };
        let outcome: Result<Request<Item>, _> = opcodes::execute(&mut memory, pc);
        Step { writes: memory.writes, outcome: outcome.map_err(Self::fault) }
    }

    fn executed(&mut self, opcode: OpCode, execution: Execution) {
        let counts = &mut self.counts[opcode];
        match execution {
            Execution::Foreign => counts.legacy += 1,
            Execution::Matched => {
                counts.shadowed += 1;
                counts.matched += 1;
            }
            Execution::Skipped => {
                counts.shadowed += 1;
                counts.skipped += 1;
            }
        }
    }

    fn diverged(&mut self, divergence: Divergence) -> Verdict {
        let opcode = divergence.opcode;
        let counts = &mut self.counts[opcode];
        counts.shadowed += 1;
        counts.mismatched += 1;
        let mismatch = Mismatch {
            opcode,
            chunk: divergence.chunk,
            function: divergence.function,
            line: divergence.line,
            pc: divergence.pc,
            route: divergence.route,
            legacy: divergence.foreign,
            core: divergence.core,
            routes: self.routes.clone(),
            seed: self.seed,
        };
        tracing::warn!(
            target: "ferrous::shadow",
            opcode = opcode.name(),
            chunk = %mismatch.chunk_name(),
            line = mismatch.line,
            pc = mismatch.pc,
            route = %mismatch.route,
            legacy = %mismatch.legacy,
            core = %mismatch.core,
            replay = %mismatch.replay(),
            "an old opcode and the core's differ"
        );
        if let Some(sink) = &mut self.sink
            && let Err(error) = writeln!(sink, "{}", mismatch.to_json()).and_then(|()| sink.flush())
        {
            tracing::error!(target: "ferrous::shadow", %error, "the mismatch could not be written; no more will be");
            self.sink = None;
        }
        if self.mismatches.len() == KEPT {
            self.mismatches.pop_front();
        }
        self.mismatches.push_back(mismatch);
        if self.strict {
            return Verdict::Stop;
        }
        if self.breaker.as_mut().is_some_and(|breaker| breaker.mismatch(opcode)) {
            tracing::warn!(
                target: "ferrous::shadow",
                opcode = opcode.name(),
                "too many mismatches: the opcode goes back to its old implementation"
            );
            return Verdict::Retreat;
        }
        Verdict::GoOn
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

/// Routing of a machine's opcodes (see [`crate::router`]).
impl LuaVM {
    /// Routes opcodes by a policy, from now on: a running function goes on in new code at its next call or jump back.
    pub fn set_op_policy(&mut self, policy: OpPolicy) {
        self.route(policy, || Box::new(OldOpcodes::default()));
        let policy = self.routing().map(|routing| routing.policy.clone());
        if let (Some(policy), Some(old)) = (policy, self.old_opcodes_mut()) {
            old.follow(&policy);
        }
    }

    /// The policy that opcodes are routed by: the one that was set, and what the circuit breaker has added.
    pub fn op_policy(&self) -> OpPolicy {
        self.routing().map_or_else(OpPolicy::new, |routing| match routing.killed {
            true => routing.policy.killed(),
            false => routing.policy.clone(),
        })
    }

    /// Obeys a kill switch from now on, at each call and jump back.
    pub fn set_kill_switch(&mut self, switch: &crate::router::KillSwitch) {
        if self.routing().is_none() {
            self.set_op_policy(OpPolicy::new());
        }
        self.obey(switch);
    }

    /// What has been executed by old opcodes, and compared with them.
    pub fn op_counts(&self) -> Counts {
        self.old_opcodes().map_or_else(Counts::default, |old| old.counts)
    }

    /// The latest mismatches of shadow runs, at most 100, the oldest first.
    pub fn op_mismatches(&self) -> Vec<Mismatch> {
        self.old_opcodes().map_or_else(Vec::new, |old| old.mismatches.iter().cloned().collect())
    }

    /// Whether the first mismatch stops the program, with [`Error::Diverged`].
    pub fn set_shadow_strict(&mut self, strict: bool) {
        if let Some(old) = self.routed_opcodes() {
            old.strict = strict;
        }
    }

    /// Writes each mismatch as one line of JSON.
    pub fn set_shadow_report(&mut self, sink: Option<ReportSink>) {
        if let Some(old) = self.routed_opcodes() {
            old.sink = sink;
        }
    }

    /// Makes the core get an opcode wrong, to see that a shadow run finds it. Not for anything else.
    #[doc(hidden)]
    pub fn plant_opcode_fault(&mut self, opcode: Option<OpCode>) {
        self.plant_fault(opcode);
    }

    fn routed_opcodes(&mut self) -> Option<&mut OldOpcodes> {
        if self.routing().is_none() {
            self.set_op_policy(OpPolicy::new());
        }
        self.old_opcodes_mut()
    }

    fn old_opcodes(&self) -> Option<&OldOpcodes> {
        self.routing()?.foreign.as_ref()?.as_any().downcast_ref()
    }

    fn old_opcodes_mut(&mut self) -> Option<&mut OldOpcodes> {
        self.routing_mut()?.foreign.as_mut()?.as_any_mut().downcast_mut()
    }
}
