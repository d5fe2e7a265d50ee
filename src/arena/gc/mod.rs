//! The collector: incremental, tri-colour, mark and sweep.
//!
//! **When.** Only at the machine's safepoints: before an instruction that allocates, and when a function of the library
//! allocates. Nothing is freed in between, which is what lets the core hold plain pointers. A safepoint with
//! `heap.debt > 0` runs [`Heap::step`], whose work is bounded; then the program allocates [`STEP_BYTES`] before the
//! next one.
//!
//! **Colours.** White: not reached. Grey: reached, on the mark stack. Black: reached and traversed. Invariant while
//! marking: no black object refers to a white one. [`Heap::barrier`] keeps it for every store into an object: it marks
//! what is stored (a forward barrier), so a black object never has to be traversed again, however large it is. Objects
//! are born white. Stacks are written without a barrier; a thread that has run since it was traversed is grey and on
//! `grey_again`, and the atomic phase traverses it once more.
//!
//! **A cycle.** *Pause* → *Mark*: the roots, then the mark stack, a bounded number of bytes a step; a large table is
//! traversed piece by piece. → *atomic* (one step): stacks that ran, weak tables, userdata to be finalised, which are
//! thereby resurrected, clearing of weak entries, closing the upvalues of dead threads; then the two whites change
//! places. → *Sweep*, page by page: what has the old white is freed, the rest becomes the new white. → *Release*: pages
//! that are empty and not needed before the next cycle go back to the system. → *Pause* until the heap has grown by the pause
//! factor.
//!
//! **Finalizers** are called by the machine, at safepoints, for what the atomic phase put on `to_finalize`.
//!
//! **Handles.** A handle may name a white object. While marking that is harmless: to keep it one has to store it, and
//! every way of storing marks it or is traversed again. While sweeping an object of the old white is dead although its slot has
//! not been freed yet, and its handle is refused.

mod mark;
mod sweep;

use super::Gc;
use super::header::{Header, mark as bits};
use super::heap::Heap;
use super::table::Table;
use super::thread::Thread;
use super::value::TValue;
use crate::kernel::meter::Stop;

/// Bytes a program allocates between two steps.
pub(crate) const STEP_BYTES: isize = 16 * 1024;
/// Bytes a new heap may hold before its first cycle.
pub(crate) const FIRST_ALLOWANCE: isize = 256 * 1024;

/// Entries the mark stack keeps room for between cycles.
const GREY_KEPT: usize = 1024;

/// What a cycle is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Pause,
    Mark,
    /// The next page to visit.
    Sweep(usize),
    /// The next page to look at.
    Release(usize),
}

/// The state of a heap's collector.
pub(crate) struct Collector {
    phase: Phase,
    grey: Vec<Gc<Header>>,
    /// Threads that have run since they were traversed.
    grey_again: Vec<Gc<Thread>>,
    weak: Vec<Gc<Table>>,
    /// Tables that are being traversed piece by piece, and how far that is: elements, then nodes.
    partial: Vec<(Gc<Table>, usize)>,
    /// There was no memory for the mark stack: grey objects are to be looked for.
    lost: bool,
    /// Likewise for `grey_again`.
    lost_threads: bool,
    /// Bytes looked at since the last look at the clock.
    since_look: isize,
    /// Whether the program, or a running finalizer, has stopped it.
    pub(crate) stopped: bool,
    /// `setpause` in percent.
    pub(crate) pause: i32,
    /// `setstepmul` in percent.
    pub(crate) step_multiplier: i32,
    /// Empty pages that are kept for what the program will allocate until the next cycle.
    spare_pages: usize,
    /// Number of cycles that have ended.
    pub(crate) cycles: u64,
    /// Number of steps.
    pub(crate) steps: u64,
}

impl Default for Collector {
    fn default() -> Self {
        Collector {
            phase: Phase::Pause,
            grey: Vec::new(),
            grey_again: Vec::new(),
            weak: Vec::new(),
            partial: Vec::new(),
            lost: false,
            lost_threads: false,
            since_look: 0,
            stopped: false,
            pause: 200,
            step_multiplier: 200,
            spare_pages: 0,
            cycles: 0,
            steps: 0,
        }
    }
}

/// Whether one more entry fits into a list. The system may have no memory for it, and a collection is what could make some.
#[inline(always)]
fn fits<T>(list: &mut Vec<T>) -> bool {
    list.len() < list.capacity() || grow(list)
}

#[cold]
fn grow<T>(list: &mut Vec<T>) -> bool {
    list.try_reserve(1).is_ok()
}

impl Collector {
    /// A grey object waits to be traversed.
    #[inline(always)]
    fn push_grey(&mut self, object: Gc<Header>) {
        if fits(&mut self.grey) {
            self.grey.push(object);
        } else {
            self.lost = true;
        }
    }

    /// A thread, which is grey, has to be traversed by the atomic phase.
    #[inline]
    fn push_again(&mut self, thread: Gc<Thread>) {
        if fits(&mut self.grey_again) {
            self.grey_again.push(thread);
        } else {
            self.lost_threads = true;
        }
    }

    /// Forgets what waits to be traversed.
    fn forget_marked(&mut self) {
        self.grey.clear();
        self.grey_again.clear();
        self.weak.clear();
        self.partial.clear();
        self.lost = false;
        self.lost_threads = false;
    }
}

#[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
impl Collector {
    pub(super) fn is_marking(&self) -> bool {
        self.phase == Phase::Mark
    }

    /// Whether a table is being traversed piece by piece.
    pub(super) fn is_partial(&self, table: Gc<Table>) -> bool {
        self.partial.iter().any(|&(partial, _)| partial == table)
    }
}

impl Heap {
    /// The one write barrier: `value` has been stored into `parent`.
    #[inline(always)]
    pub(crate) fn barrier(&mut self, parent: Gc<Header>, value: TValue) {
        if parent.is_black() && value.is_collectable() {
            self.barrier_slow(parent, value);
        }
    }

    #[cold]
    #[inline(never)]
    fn barrier_slow(&mut self, parent: Gc<Header>, value: TValue) {
        if let Some(object) = value.as_object() {
            self.barrier_object(parent, object);
        }
    }

    /// The barrier for objects that are not values.
    #[inline]
    pub(crate) fn barrier_object(&mut self, parent: Gc<Header>, object: Gc<Header>) {
        if !parent.is_black() || !object.is_white() {
            return;
        }
        if self.collector.phase == Phase::Mark {
            self.mark_object(object);
        } else {
            // The parent waits for its sweep; it may as well be swept now.
            parent.set_mark(parent.mark() & bits::FIXED | self.white);
        }
    }

    /// A thread is about to run: what it does to its stack must be seen.
    #[inline]
    pub(crate) fn thread_runs(&mut self, thread: Gc<Thread>) {
        if thread.header.is_black() && self.collector.phase == Phase::Mark {
            thread.header.set_mark(0);
            self.collector.push_again(thread);
        }
    }

    /// A table's storage has moved: if it is being traversed, that starts over.
    #[inline]
    pub(crate) fn table_moved(&mut self, table: Gc<Table>) {
        for (partial, position) in &mut self.collector.partial {
            if *partial == table {
                *position = 0;
            }
        }
    }

    /// Whether an object is dead although its slot has not been freed yet.
    pub(crate) fn is_dead(&self, object: Gc<Header>) -> bool {
        object.mark() & bits::FIXED == 0 && object.mark() & (self.white ^ bits::WHITES) & bits::WHITES != 0
    }

    /// Whether a safepoint has something to do.
    #[inline(always)]
    pub(crate) fn wants_step(&self) -> bool {
        self.debt > 0
    }

    /// One bounded step; says whether it ended a cycle.
    pub(crate) fn step(&mut self) -> bool {
        self.step_by(STEP_BYTES)
    }

    /// A step that pays for `bytes` of allocation.
    pub(crate) fn step_by(&mut self, bytes: isize) -> bool {
        let multiplier = match self.collector.step_multiplier {
            // A whole cycle.
            ..=0 => isize::MAX,
            percent => percent as isize,
        };
        let mut work = (bytes.saturating_mul(multiplier) / 100).max(1);
        self.collector.steps += 1;
        while work > 0 {
            let cost = self.advance();
            work -= cost;
            if self.collector.phase == Phase::Pause {
                self.set_pause();
                return true;
            }
            if self.worked(cost).is_err() {
                break;
            }
        }
        self.set_debt(-STEP_BYTES);
        false
    }

    /// A whole cycle, from whatever state; less than that if the program has to end meanwhile.
    pub(crate) fn collect(&mut self) {
        if self.collector.phase == Phase::Mark {
            self.abandon_mark();
        }
        if self.advance_to_pause().is_ok() {
            self.advance();
            // What a stop leaves over is done at safepoints.
            if self.advance_to_pause().is_ok() {
                self.set_pause();
            }
        }
    }

    fn advance_to_pause(&mut self) -> Result<(), Stop> {
        while self.collector.phase != Phase::Pause {
            let cost = self.advance();
            self.worked(cost)?;
        }
        Ok(())
    }

    /// Does a bounded piece of the cycle; returns what it cost, in bytes looked at.
    fn advance(&mut self) -> isize {
        match self.collector.phase {
            Phase::Pause => {
                self.mark_roots();
                self.collector.phase = Phase::Mark;
                256
            }
            Phase::Mark => {
                let cost = match self.propagate() {
                    // A traversal ends early when the program has to end: what it left out is not marked.
                    Some(cost) if self.meter.stopped().is_none() => return cost,
                    Some(cost) => cost,
                    None => {
                        if self.atomic().is_ok() {
                            self.collector.phase = Phase::Sweep(0);
                            return STEP_BYTES;
                        }
                        STEP_BYTES
                    }
                };
                self.abandon_mark();
                cost
            }
            Phase::Sweep(page) => {
                if page < self.pages.page_count() {
                    self.collector.phase = Phase::Sweep(page + 1);
                    self.sweep_page(page)
                } else {
                    let before = self.strings.size() as isize;
                    self.strings.shrink(&mut self.meter);
                    self.debt += self.strings.size() as isize - before;
                    self.collector.grey.shrink_to(GREY_KEPT);
                    let allowed = self.next_allowance() - self.total() as isize;
                    self.collector.spare_pages = allowed.max(0) as usize / super::page::PAGE_SIZE;
                    self.collector.phase = Phase::Release(0);
                    64
                }
            }
            Phase::Release(page) => {
                if page < self.pages.page_count() {
                    self.collector.phase = Phase::Release(page + 1);
                    self.release_page(page)
                } else {
                    self.pages.release_regions();
                    self.collector.phase = Phase::Pause;
                    self.collector.cycles += 1;
                    64
                }
            }
        }
    }

    fn next_allowance(&self) -> isize {
        let live = self.total() as u128;
        let next = live * self.collector.pause.max(0) as u128 / 100;
        (next.min(isize::MAX as u128 / 2) as isize)
            .max(FIRST_ALLOWANCE)
            .min(self.limit.min(isize::MAX as usize) as isize)
    }

    fn set_pause(&mut self) {
        self.forget_dropped();
        let (total, next) = (self.total() as isize, self.next_allowance());
        self.allowance = next;
        self.debt = total - next;
    }

    /// Lets the program allocate `-debt` bytes before the next step.
    pub(crate) fn set_debt(&mut self, debt: isize) {
        self.forget_dropped();
        self.allowance = self.total() as isize - debt;
        self.debt = debt;
    }
}
