//! The profiler: what the program did, where, and how long it took.
//!
//! Profiled code is code that was lowered with a `Profile` word before each classic instruction, at the beginning of
//! each function and before each return; code that is not profiled pays nothing. Instructions and bytes are counted for each
//! pc of each prototype; opcodes and lines follow from that when somebody asks. Prototypes are known by the address of
//! their `Arc`, which is kept: counts survive the functions, and no other prototype gets the address.
//!
//! Time is measured at calls, returns and switches of threads alone: reading the clock costs more than an instruction.
//! A *shadow stack* for each thread says which functions run in which of its frames. It is not kept by the calls and
//! returns alone, because errors and tail calls remove frames without telling anybody: whatever arrives in a frame first
//! drops all that the shadow stack says of frames further in. The *chain* is the running thread, whoever resumed it, and
//! so on; a function's total time is the time during which it is anywhere in the chain, so neither recursion nor
//! coroutines count any time twice, and a suspended coroutine counts none.
//!
//! Invariants: `active` of a function is the number of its activations in the chain; only the chain's last thread gains or
//! loses activations; `clock` is when time was last charged.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;

use super::debug::short_source;
use super::frame::NativeKind;
use super::lower::jump_target;
use super::machine::LuaVM;
use super::native::{Ctx, NativeFn, NativeResult};
use super::state::State;
use crate::arena::table::Walk;
use crate::arena::{Gc, Heap, NativeFunction, TValue, Table, Thread};
use crate::bytecode::{OpCode, Proto};

/// `A` of a `Profile` word.
pub(crate) mod point {
    /// An instruction is about to be executed.
    pub(crate) const INSTRUCTION: u32 = 0;
    /// A function begins.
    pub(crate) const ENTRY: u32 = 1;
    /// A function is about to return.
    pub(crate) const RETURN: u32 = 2;
}

/// Rows of the report's tables that could be of any length.
const MOST_ROWS: usize = 20;
const MOST_FUNCTIONS: usize = 50;
/// Calls of a nameless function that are asked for a name: later ones are as nameless, most likely.
const NAME_ATTEMPTS: u64 = 8;

/// What a profiled program did; see [`LuaVM::profile`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProfileData {
    /// Number of instructions executed. A test and the jump that belongs to it are one, as in PUC's interpreter.
    pub instructions: u64,
    /// Time spent in profiled functions, the collector's time included.
    pub time: Duration,
    /// The opcodes that were executed, most frequent first.
    pub opcodes: Vec<OpcodeCount>,
    /// The functions that were called, in the order of the time they took themselves, longest first.
    pub functions: Vec<FunctionProfile>,
    /// The lines that were executed, hottest first.
    pub lines: Vec<LineCount>,
    /// The lines that allocated, most bytes first.
    pub sites: Vec<AllocationSite>,
    /// What the collector did.
    pub collector: CollectorProfile,
}

/// How often an opcode was executed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpcodeCount {
    /// The opcode.
    pub opcode: OpCode,
    /// How often it was executed.
    pub count: u64,
}

/// What a function did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionProfile {
    /// What an instruction that called it names it (`main chunk` for a chunk, `library.name` for a native function in a
    /// global table); `?` if none does.
    pub name: String,
    /// Its chunk as messages show it; `[C]` for a native function.
    pub source: String,
    /// The line it begins at; 0 for a main chunk or a native function.
    pub line: u32,
    /// How often it was called. Calls of simple library functions that the loop answers without a frame, and of those that the
    /// machine runs itself (`pcall`, `xpcall`, and what resumes or yields), are not seen; their time is the caller's.
    pub calls: u64,
    /// The time between its calls and their ends, without the time a coroutine waited.
    pub total: Duration,
    /// That time without the time of the functions it called.
    pub own: Duration,
    /// The instructions of its own that were executed.
    pub instructions: u64,
}

/// How many instructions of a line were executed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineCount {
    /// The chunk as messages show it.
    pub source: String,
    /// The line; 0 if the chunk has no debug information.
    pub line: u32,
    /// How many of its instructions were executed.
    pub count: u64,
}

/// What the instructions of a line allocated, the native functions they called included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllocationSite {
    /// The chunk as messages show it.
    pub source: String,
    /// The line; 0 if the chunk has no debug information.
    pub line: u32,
    /// By how many bytes the heap grew. What a collection freed meanwhile does not count.
    pub bytes: u64,
}

/// What the collector did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CollectorProfile {
    /// Incremental steps.
    pub steps: u64,
    /// Whole collections, which somebody asked for or a limit forced.
    pub full: u64,
    /// Cycles that ended, by either.
    pub cycles: u64,
    /// Time of all of them.
    pub time: Duration,
    /// The longest step.
    pub longest_step: Duration,
    /// The longest whole collection.
    pub longest_full: Duration,
    /// Bytes freed.
    pub freed: u64,
}

/// What has been counted of a function.
#[derive(Debug)]
struct Counted {
    /// `None`: a native function.
    proto: Option<Arc<Proto>>,
    name: Option<Vec<u8>>,
    calls: u64,
    own: Duration,
    total: Duration,
    /// Activations in the chain, and since when there are any.
    active: u32,
    since: Instant,
    /// By pc: instructions executed and bytes allocated.
    executed: Vec<u64>,
    allocated: Vec<u64>,
}

impl Counted {
    fn new(proto: Option<Arc<Proto>>, now: Instant) -> Self {
        let length = proto.as_ref().map_or(0, |proto| proto.code.len());
        let name = proto.as_ref().filter(|proto| proto.line_defined == 0).map(|_| b"main chunk".to_vec());
        Counted {
            proto,
            name,
            calls: 0,
            own: Duration::ZERO,
            total: Duration::ZERO,
            active: 0,
            since: now,
            executed: vec![0; length],
            allocated: vec![0; length],
        }
    }

    /// The classic instructions executed, by pc. The core's `FORPREP` does the first test of a loop itself, where the classic one
    /// leaves it to `FORLOOP`.
    fn executed(&self) -> Vec<u64> {
        let mut executed = self.executed.clone();
        for (pc, word) in self.proto.iter().flat_map(|proto| proto.code.iter().enumerate()) {
            if word.opcode() == OpCode::ForPrep {
                executed[jump_target(pc, *word)] += self.executed[pc];
            }
        }
        executed
    }
}

/// A function that runs in a frame.
#[derive(Debug, Clone, Copy)]
struct Activation {
    function: usize,
    frame: usize,
}

/// The shadow stack of a thread.
#[derive(Debug)]
struct Shadow {
    thread: usize,
    stack: Vec<Activation>,
}

/// Where the machine is.
#[derive(Debug, Clone, Copy)]
struct Place {
    thread: usize,
    resumer: Option<usize>,
    /// Number of the innermost frame.
    frame: usize,
}

/// What the last instruction found out, so that the next one of the same activation need not. All are addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Known {
    thread: usize,
    frame: usize,
    proto: usize,
}

/// What has been counted.
#[derive(Debug)]
pub(crate) struct Profile {
    functions: Vec<Counted>,
    /// By the address of the prototype; by the entry of a native function, and its own address if it is the host's.
    by_proto: HashMap<usize, usize, RandomState>,
    by_native: HashMap<(usize, usize), usize, RandomState>,
    /// The running thread last.
    chain: Vec<Shadow>,
    suspended: HashMap<usize, Vec<Activation>, RandomState>,
    clock: Instant,
    known: Known,
    /// The function of `known`.
    current: usize,
    /// The last instruction: function and pc.
    site: Option<(usize, usize)>,
    /// What was allocated when it began.
    allocated: usize,
    collector: CollectorProfile,
    cycles_before: u64,
    at_exit: Option<fn(&str)>,
}

impl Profile {
    fn new(heap: &Heap) -> Self {
        Profile {
            functions: Vec::new(),
            by_proto: HashMap::default(),
            by_native: HashMap::default(),
            chain: Vec::new(),
            suspended: HashMap::default(),
            clock: Instant::now(),
            known: Known::default(),
            current: 0,
            site: None,
            allocated: heap.total(),
            collector: CollectorProfile::default(),
            cycles_before: heap.collector.cycles,
            at_exit: None,
        }
    }

    // Time.

    /// What runs in the innermost thread.
    fn top(&self) -> Option<Activation> {
        self.chain.last()?.stack.last().copied()
    }

    /// The function that runs: while a coroutine is between its last return and its resumer's next instruction, the resumer's.
    fn running(&self) -> Option<usize> {
        self.chain.iter().rev().find_map(|shadow| shadow.stack.last()).map(|top| top.function)
    }

    /// Charges the time since the last time to the function that runs.
    fn charge(&mut self) {
        let now = Instant::now();
        if let Some(function) = self.running() {
            self.functions[function].own += now - self.clock;
        }
        self.clock = now;
    }

    fn begin(&mut self, function: usize) {
        let function = &mut self.functions[function];
        if function.active == 0 {
            function.since = self.clock;
        }
        function.active += 1;
    }

    fn end(&mut self, function: usize) {
        let function = &mut self.functions[function];
        function.active -= 1;
        if function.active == 0 {
            function.total += self.clock - function.since;
        }
    }

    fn push(&mut self, function: usize, frame: usize) {
        if let Some(shadow) = self.chain.last_mut() {
            shadow.stack.push(Activation { function, frame });
            self.begin(function);
        }
    }

    /// Drops the activations in the frame with this number and further in.
    fn pop_from(&mut self, frame: usize) {
        while let Some(shadow) = self.chain.last_mut()
            && let Some(top) = shadow.stack.pop_if(|top| top.frame >= frame)
        {
            self.end(top.function);
        }
    }

    /// The innermost thread of the chain is suspended, or dead.
    fn suspend(&mut self) {
        let Some(shadow) = self.chain.pop() else { return };
        for activation in &shadow.stack {
            self.end(activation.function);
        }
        if !shadow.stack.is_empty() {
            self.suspended.insert(shadow.thread, shadow.stack);
        }
    }

    /// Makes a thread the innermost of the chain. Time has been charged.
    fn switch(&mut self, place: Place) {
        if self.chain.last().is_some_and(|shadow| shadow.thread == place.thread) {
            return;
        }
        let position = |thread| self.chain.iter().position(|shadow| shadow.thread == thread);
        let resumed = position(place.thread).is_none();
        // What is further in than the thread, or than whoever has resumed it, does not run any more.
        let keep = position(place.thread).or(place.resumer.and_then(position)).map_or(0, |index| index + 1);
        while self.chain.len() > keep {
            self.suspend();
        }
        if resumed {
            let stack = self.suspended.remove(&place.thread).unwrap_or_default();
            for activation in &stack {
                self.begin(activation.function);
            }
            self.chain.push(Shadow { thread: place.thread, stack });
        }
    }

    /// A function begins in the innermost frame.
    fn enter(&mut self, function: usize, place: Place) {
        self.charge();
        self.switch(place);
        self.pop_from(place.frame);
        self.push(function, place.frame);
        self.functions[function].calls += 1;
    }

    /// The function in the innermost frame ends.
    fn leave(&mut self, place: Place) {
        self.charge();
        self.switch(place);
        self.pop_from(place.frame);
    }

    /// An instruction of a function is about to be executed, and something has happened since the last one.
    fn arrive(&mut self, function: usize, place: Place) {
        let expected = |top: Activation| top.frame == place.frame && top.function == function;
        let in_chain = self.chain.last().is_some_and(|shadow| shadow.thread == place.thread);
        if in_chain && self.top().is_some_and(expected) {
            return;
        }
        self.charge();
        self.switch(place);
        self.pop_from(place.frame + 1);
        if !self.top().is_some_and(expected) {
            // It was called before the profile was started.
            self.pop_from(place.frame);
            self.push(function, place.frame);
        }
    }

    /// The machine returns to its host: nothing runs.
    fn rest(&mut self, total: usize) {
        self.account(total);
        self.charge();
        while !self.chain.is_empty() {
            self.suspend();
        }
        self.known = Known::default();
        self.site = None;
    }

    // Functions.

    fn function_of_proto(&mut self, proto: &Arc<Proto>) -> usize {
        *self.by_proto.entry(Arc::as_ptr(proto) as usize).or_insert_with(|| {
            self.functions.push(Counted::new(Some(Arc::clone(proto)), self.clock));
            self.functions.len() - 1
        })
    }

    fn wants_name(&self, function: usize) -> bool {
        let function = &self.functions[function];
        function.name.is_none() && function.calls < NAME_ATTEMPTS
    }

    // Memory.

    /// Attributes what has been allocated since the last instruction began to it.
    #[inline]
    fn account(&mut self, total: usize) {
        if total > self.allocated
            && let Some((function, pc)) = self.site
        {
            self.functions[function].allocated[pc] += (total - self.allocated) as u64;
        }
        self.allocated = total;
    }

    /// The machine has allocated something for itself, and nobody is to blame.
    pub(crate) fn excuse(&mut self, before: usize, after: usize) {
        self.allocated = (self.allocated + after).saturating_sub(before);
    }

    fn collected(&mut self, whole: bool, time: Duration, before: usize, after: usize) {
        self.allocated = after;
        let collector = &mut self.collector;
        let (count, longest) = match whole {
            true => (&mut collector.full, &mut collector.longest_full),
            false => (&mut collector.steps, &mut collector.longest_step),
        };
        *count += 1;
        *longest = time.max(*longest);
        collector.time += time;
        collector.freed += before.saturating_sub(after) as u64;
    }
}

impl State {
    fn place(&self) -> Place {
        let address = |thread: Gc<Thread>| thread.as_ptr() as usize;
        Place {
            thread: address(self.thread),
            resumer: self.thread.resumer.get().map(address),
            frame: self.frame_number(),
        }
    }

    /// What a `Profile` word does.
    #[cold]
    #[inline(never)]
    pub(crate) fn count_in_profile(&mut self, what: u32, pc: u32) {
        let Some(proto) = Self::frame_proto(self.current()) else { return };
        let known =
            Known { thread: self.thread.as_ptr() as usize, frame: self.frame as usize, proto: proto.as_ptr() as usize };
        let total = self.heap.total();
        let Some(profile) = self.profile.as_deref_mut() else { return };
        profile.account(total);
        if what == point::INSTRUCTION && profile.known == known {
            profile.count(pc);
            return;
        }
        let place = self.place();
        let Some(profile) = self.profile.as_deref_mut() else { return };
        let function = profile.function_of_proto(&proto.detail.proto);
        match what {
            point::INSTRUCTION => {
                profile.arrive(function, place);
                (profile.known, profile.current) = (known, function);
                profile.count(pc);
            }
            point::ENTRY => {
                if profile.wants_name(function) {
                    let name = self.name_of_call(self.thread, self.frame).map(|(_, name)| name);
                    if let Some(profile) = self.profile.as_deref_mut() {
                        profile.functions[function].name = name;
                    }
                }
                let Some(profile) = self.profile.as_deref_mut() else { return };
                profile.enter(function, place);
                (profile.known, profile.current) = (known, function);
            }
            _ => {
                profile.leave(place);
                profile.known = Known::default();
            }
        }
    }

    /// Runs a native function, whose frame is the innermost.
    #[cold]
    pub(crate) fn profile_native(&mut self, native: Gc<NativeFunction>, entry: NativeFn) -> NativeResult {
        let kind = NativeKind::of(native.closure().header.flags.get());
        // All of the host's closures have the same entry.
        let own = if kind == NativeKind::Host { native.as_ptr() as usize } else { 0 };
        let key = (native.entry.get() as usize, own);
        let place = self.place();
        let known = self.profile.as_deref().and_then(|profile| profile.by_native.get(&key).copied());
        let name = if known.is_none() { self.native_name(native) } else { None };
        if let Some(profile) = self.profile.as_deref_mut() {
            let function = known.unwrap_or_else(|| {
                profile.functions.push(Counted { name, ..Counted::new(None, profile.clock) });
                profile.by_native.insert(key, profile.functions.len() - 1);
                profile.functions.len() - 1
            });
            profile.enter(function, place);
            profile.known = Known::default();
        }
        let result = entry(&mut Ctx::new(self));
        if let Some(profile) = self.profile.as_deref_mut() {
            profile.leave(place);
        }
        result
    }

    /// The name of a native function: that of the global variable, or of the field of a global table, which holds it;
    /// otherwise what the call names it.
    fn native_name(&self, native: Gc<NativeFunction>) -> Option<Vec<u8>> {
        let is_it = |value: TValue| {
            let function = value.as_function().and_then(|function| function.as_native());
            function.is_some_and(|function| function == native)
        };
        let globals = self.thread.globals.get();
        if let Some(name) = entries(globals).find_map(|(key, value)| key.filter(|_| is_it(value))) {
            return Some(name);
        }
        let in_table = |(library, table): (Option<Vec<u8>>, TValue)| {
            let (library, table) = (library?, table.as_table()?);
            let name = entries(table).find_map(|(key, value)| key.filter(|_| is_it(value)))?;
            Some([&library[..], b".", &name[..]].concat())
        };
        entries(globals).find_map(in_table).or_else(|| self.name_of_call(self.thread, self.frame).map(|(_, name)| name))
    }

    /// Has the collector work.
    pub(crate) fn collecting<R>(&mut self, whole: bool, work: impl FnOnce(&mut Heap) -> R) -> R {
        let Some(profile) = self.profile.as_deref_mut() else { return work(&mut self.heap) };
        let before = self.heap.total();
        profile.account(before);
        let start = Instant::now();
        let result = work(&mut self.heap);
        profile.collected(whole, start.elapsed(), before, self.heap.total());
        result
    }

    /// The machine returns to its host.
    pub(crate) fn rest_profile(&mut self) {
        if let Some(profile) = self.profile.as_deref_mut() {
            profile.rest(self.heap.total());
        }
    }

    fn profile_data(&self) -> Option<ProfileData> {
        let profile = self.profile.as_deref()?;
        let mut data = profile.data();
        data.collector.cycles = self.heap.collector.cycles - profile.cycles_before;
        Some(data)
    }
}

/// The entries of a table; keys that are strings are returned as such.
fn entries(table: Gc<Table>) -> impl Iterator<Item = (Option<Vec<u8>>, TValue)> {
    let mut position = 0;
    std::iter::from_fn(move || {
        loop {
            match table.entry_from(position) {
                Walk::Entry(found, key, value) => {
                    position = found + 1;
                    return Some((key.as_string().map(|key| key.bytes().to_vec()), value));
                }
                Walk::Gap(end) => position = end,
                Walk::End => return None,
            }
        }
    })
}

impl Profile {
    #[inline]
    fn count(&mut self, pc: u32) {
        self.functions[self.current].executed[pc as usize] += 1;
        self.site = Some((self.current, pc as usize));
    }

    /// Everything but the collector's cycles.
    fn data(&self) -> ProfileData {
        let uncharged = self.clock.elapsed();
        let running = self.running();
        let mut data = ProfileData { collector: self.collector.clone(), ..Default::default() };
        let mut opcodes = vec![0; OpCode::ALL.len()];
        let mut lines = HashMap::<_, (u64, u64)>::new();
        for (index, function) in self.functions.iter().enumerate() {
            let active = if function.active > 0 { self.clock - function.since + uncharged } else { Duration::ZERO };
            let executed = function.executed();
            let mut row = FunctionProfile {
                name: function.name.as_deref().map_or_else(|| "?".to_owned(), printable),
                source: "[C]".to_owned(),
                line: 0,
                calls: function.calls,
                total: function.total + active,
                own: function.own + if running == Some(index) { uncharged } else { Duration::ZERO },
                instructions: executed.iter().sum(),
            };
            data.time += row.own;
            data.instructions += row.instructions;
            if let Some(proto) = &function.proto {
                row.source = printable(&short_source(&proto.source));
                row.line = proto.line_defined;
                for (pc, (&count, &bytes)) in executed.iter().zip(&function.allocated).enumerate() {
                    opcodes[proto.code[pc].opcode() as usize] += count;
                    let line = lines.entry((row.source.clone(), proto.line(pc))).or_default();
                    line.0 += count;
                    line.1 += bytes;
                }
            }
            data.functions.push(row);
        }
        let executed = OpCode::ALL.iter().zip(opcodes).filter(|&(_, count)| count > 0);
        data.opcodes = executed.map(|(&opcode, count)| OpcodeCount { opcode, count }).collect();
        for ((source, line), (count, bytes)) in lines {
            if bytes > 0 {
                data.sites.push(AllocationSite { source: source.clone(), line, bytes });
            }
            if count > 0 {
                data.lines.push(LineCount { source, line, count });
            }
        }
        data.opcodes.sort_by_key(|row| std::cmp::Reverse(row.count));
        data.functions.sort_by_key(|row| std::cmp::Reverse(row.own));
        // Equal ones in the order of the text, so that reports of the same run are the same.
        data.lines.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.source, a.line).cmp(&(&b.source, b.line))));
        data.sites.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| (&a.source, a.line).cmp(&(&b.source, b.line))));
        data
    }
}

impl LuaVM {
    /// Starts counting what programs do, for [`LuaVM::profile`] and [`LuaVM::profile_report`]; what was counted before is
    /// forgotten.
    ///
    /// Counting makes programs several times slower, calls most of all, so the times are to be compared with each other only.
    /// Their results do not change.
    pub fn start_profile(&mut self) {
        let st = &mut self.state;
        st.profile = Some(Box::new(Profile::new(&st.heap)));
        let lowering = super::lower::Lowering { profile: true, ..st.lowering };
        st.set_lowering(lowering);
    }

    /// What programs did since [`LuaVM::start_profile`]; `None` if that was never called. Counting goes on.
    ///
    /// ```
    /// let mut vm = ferrous::LuaVM::with_stdlib()?;
    /// vm.start_profile();
    /// vm.eval("local sum = 0 for i = 1, 1000 do sum = sum + i end")?;
    /// let profile = vm.profile().expect("it has been started");
    /// let add = profile.opcodes.iter().find(|row| row.opcode.name() == "ADD");
    /// assert_eq!(add.map(|row| row.count), Some(1000));
    /// # Ok::<(), ferrous::Error>(())
    /// ```
    pub fn profile(&self) -> Option<ProfileData> {
        self.state.profile_data()
    }

    /// [`LuaVM::profile`] as text: the tables that `ferrous --profile` shows. Empty if no profile was started.
    pub fn profile_report(&self) -> String {
        self.profile().map_or_else(String::new, |data| data.to_string())
    }

    /// Has the report given to a function when a program ends the process with `os.exit`, which does not return to the
    /// host. Does nothing if no profile was started.
    pub fn report_profile_at_exit(&mut self, report: fn(&str)) {
        if let Some(profile) = &mut self.state.profile {
            profile.at_exit = Some(report);
        }
    }
}

impl Ctx<'_> {
    /// The process is about to end: whoever wants the profile gets it.
    pub(crate) fn report_profile_at_exit(&self) {
        let report = self.st.profile.as_deref().and_then(|profile| profile.at_exit);
        if let (Some(report), Some(data)) = (report, self.st.profile_data()) {
            report(&data.to_string());
        }
    }
}

// The report.

/// Bytes as text on one line.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn percent(part: f64, whole: f64) -> String {
    format!("{:.1}", if whole > 0.0 { part / whole * 100.0 } else { 0.0 })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}

fn place(source: &str, line: u32) -> String {
    if line > 0 { format!("{source}:{line}") } else { source.to_owned() }
}

/// A table under construction.
struct Rows<const COLUMNS: usize> {
    /// The first of them are numbers, which are aligned to the right.
    numbers: usize,
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Rows<COLUMNS> {
    fn new(numbers: usize, head: [&str; COLUMNS]) -> Self {
        Rows { numbers, rows: vec![head.map(str::to_owned)] }
    }

    fn add(&mut self, row: [String; COLUMNS]) {
        self.rows.push(row);
    }

    fn write(&self, f: &mut std::fmt::Formatter<'_>, title: &str, left_out: usize) -> std::fmt::Result {
        let mut widths = [0; COLUMNS];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        writeln!(f, "\n{title}")?;
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                match column < self.numbers {
                    true => write!(line, "  {cell:>width$}")?,
                    false => write!(line, "  {cell:<width$}")?,
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        if left_out > 0 {
            writeln!(f, "  ... and {left_out} more")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for ProfileData {
    /// The tables that `ferrous --profile` shows.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.instructions as f64;
        writeln!(f, "Profile: {} instructions, {} ms", self.instructions, milliseconds(self.time))?;

        let mut rows = Rows::new(2, ["count", "%", "opcode"]);
        for row in &self.opcodes {
            rows.add([row.count.to_string(), percent(row.count as f64, all), row.opcode.name().to_owned()]);
        }
        rows.write(f, "Opcodes", 0)?;

        let head = ["calls", "total ms", "self ms", "self %", "instructions", "function", "defined at"];
        let mut rows = Rows::new(5, head);
        for row in self.functions.iter().take(MOST_FUNCTIONS) {
            rows.add([
                row.calls.to_string(),
                milliseconds(row.total),
                milliseconds(row.own),
                percent(row.own.as_secs_f64(), self.time.as_secs_f64()),
                row.instructions.to_string(),
                row.name.clone(),
                place(&row.source, row.line),
            ]);
        }
        rows.write(f, "Functions", self.functions.len().saturating_sub(MOST_FUNCTIONS))?;

        let mut rows = Rows::new(2, ["instructions", "%", "line"]);
        for row in self.lines.iter().take(MOST_ROWS) {
            rows.add([row.count.to_string(), percent(row.count as f64, all), place(&row.source, row.line)]);
        }
        rows.write(f, "Hot lines", self.lines.len().saturating_sub(MOST_ROWS))?;

        let bytes: u64 = self.sites.iter().map(|row| row.bytes).sum();
        let mut rows = Rows::new(2, ["bytes", "%", "line"]);
        for row in self.sites.iter().take(MOST_ROWS) {
            rows.add([row.bytes.to_string(), percent(row.bytes as f64, bytes as f64), place(&row.source, row.line)]);
        }
        rows.write(f, "Allocation", self.sites.len().saturating_sub(MOST_ROWS))?;

        let collector = &self.collector;
        let mut rows =
            Rows::new(7, ["steps", "full", "cycles", "total ms", "longest step ms", "longest full ms", "bytes freed"]);
        rows.add([
            collector.steps.to_string(),
            collector.full.to_string(),
            collector.cycles.to_string(),
            milliseconds(collector.time),
            milliseconds(collector.longest_step),
            milliseconds(collector.longest_full),
            collector.freed.to_string(),
        ]);
        rows.write(f, "Collector", 0)
    }
}
