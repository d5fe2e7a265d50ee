//! The meter: what pays for work, and what stops a program that does too much of it.
//!
//! Work is counted in *units*. An instruction is one unit; a function that works on bytes or elements pays for those it
//! touches, by the constants here, *before* it touches them and in pieces of at most [`PIECE`] bytes or [`ELEMENTS`] elements:
//!
//! ```
//! use ferrous::kernel::meter::{Meter, PIECE, Stop};
//! # fn work_on(_: &[u8]) {}
//! fn long_work(meter: &mut Meter, bytes: &[u8]) -> Result<(), Stop> {
//!     for piece in bytes.chunks(PIECE) {
//!         meter.charge_bytes(piece.len())?;
//!         work_on(piece);
//!     }
//!     Ok(())
//! }
//! # assert_eq!(long_work(&mut Meter::with_fuel(10), &[0; 100]), Err(Stop::Fuel));
//! ```
//!
//! [`Meter::charge`] is a subtraction and a branch. Whenever about [`INTERVAL`] units have been used it looks at the clock and at the
//! word by which another thread kills the program. It does so without any limit, too: a kill has to end long work.
//! [`Meter::look`] looks at both at once and costs no fuel: for work that nobody is to pay for (the collector's) and after waiting.
//!
//! Once it has said stop, it says so to every further charge, until the host takes the stop. Nobody has to pass
//! on what stopped the program, but only that it has to end.
//!
//! Work that no program asks for is free: the meter is *idle* until the machine begins to run a program ([`Meter::resume`]) and
//! when it has ended ([`Meter::rest`]).
//!
//! Charges must depend on nothing but what the program can know: not on addresses, hash seeds, capacities, or on when the
//! collector runs. Then a program with fuel always stops at the same place. (A finalizer's work is charged when the collector calls it.
//! That is at the same place each time, but on other routes the heap is larger or smaller, and it is at another place.)
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Units between two looks at the clock.
pub const INTERVAL: u64 = 16 * 1024;
/// Bytes that are copied, compared, searched or hashed for one unit.
pub const BYTES_PER_UNIT: usize = 4;
/// Most bytes that are worked on between two charges: what an interval pays for.
pub const PIECE: usize = BYTES_PER_UNIT * INTERVAL as usize;
/// Bytes that are compared at a time.
const COMPARED: usize = 1024;
/// Values that are moved, for instance along the stack or within a table, for one unit.
pub const VALUES_PER_UNIT: usize = 2;
/// Most values or elements that are worked on between two charges.
pub const ELEMENTS: usize = INTERVAL as usize;
/// Units of a call to the operating system: a write, the time, a file.
pub const UNITS_PER_SYSTEM_CALL: u64 = 200;

/// The bit of the interrupt word that kills the program.
pub const KILL: u32 = 1;

/// Why a program has to end. It cannot catch that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The fuel is used up.
    Fuel,
    /// The deadline has passed.
    Timeout,
    /// Another thread wants it.
    Killed,
    /// A comparison with the old handlers found a difference, and was to stop there.
    Diverged,
}

/// The limits of those who wait and do not work: a copy of the deadline and of the interrupt word.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    deadline: Option<Instant>,
    interrupt: Arc<AtomicU32>,
}

impl Watch {
    /// Whether time is limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.deadline.is_some()
    }

    /// Whether there is no more time to wait.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.interrupt.load(Relaxed) & KILL != 0 || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Counts work against the limits.
#[derive(Debug)]
pub struct Meter {
    /// Units until the next look. Of limited fuel they are a part, unless the meter is idle.
    left: AtomicU64,
    /// Units of work that has been done where nothing could fail: see [`Meter::owe`].
    owed: AtomicU64,
    /// Fuel besides those; `None` if it is not limited.
    rest: Option<u64>,
    deadline: Option<Instant>,
    interrupt: Arc<AtomicU32>,
    stopped: Option<Stop>,
    /// No program runs: nothing is counted.
    idle: bool,
}

impl Default for Meter {
    fn default() -> Self {
        Meter {
            left: AtomicU64::new(INTERVAL),
            owed: AtomicU64::new(0),
            rest: None,
            deadline: None,
            interrupt: Arc::new(AtomicU32::new(0)),
            stopped: None,
            idle: false,
        }
    }
}

impl Meter {
    /// A meter that has so much fuel and no other limit.
    #[must_use]
    pub fn with_fuel(units: u64) -> Self {
        let mut meter = Meter::default();
        meter.set_fuel(Some(units));
        meter
    }

    /// Limits the units from now on, or lifts the limit.
    pub fn set_fuel(&mut self, units: Option<u64>) {
        self.put_back();
        self.rest = units;
    }

    /// The units left, if they are limited.
    #[must_use]
    pub fn fuel(&self) -> Option<u64> {
        let (left, owed) = match self.idle {
            true => (0, 0),
            false => (self.left.load(Relaxed), self.owed.load(Relaxed)),
        };
        self.rest.map(|rest| rest.saturating_add(left).saturating_sub(owed))
    }

    /// Sets the time at which the program has to end, or lifts the limit.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
        // The next charge looks at it.
        self.put_back();
    }

    /// Whether fuel or time is limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.rest.is_some() || self.deadline.is_some()
    }

    /// No program runs any more: what happens now is the host's business, and free.
    pub fn rest(&mut self) {
        self.put_back();
        self.idle = true;
        *self.left.get_mut() = u64::MAX;
    }

    /// A program begins to run. The first charge looks.
    pub fn resume(&mut self) {
        self.idle = false;
        *self.left.get_mut() = 0;
    }

    /// Whether no program runs.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.idle
    }

    /// The word in which other threads set [`KILL`]. Its other bits are none of the meter's business.
    #[must_use]
    pub fn interrupt(&self) -> &Arc<AtomicU32> {
        &self.interrupt
    }

    /// Pays for work.
    ///
    /// # Errors
    /// The program has to end; from now on every charge says so.
    #[inline(always)]
    pub fn charge(&mut self, units: u64) -> Result<(), Stop> {
        let left = self.left.get_mut();
        if units <= *left {
            *left -= units;
            return Ok(());
        }
        self.refill(units)
    }

    /// Notes work that has been done where nothing can fail, and where the machine may only be looked at. The next charge pays
    /// for it, and looks.
    #[cold]
    #[inline(never)]
    pub fn owe(&self, units: u64) {
        if self.idle {
            return;
        }
        let left = self.left.swap(0, Relaxed);
        // What is left of the interval is paid with first.
        match units.checked_sub(left) {
            None => self.left.store(left - units, Relaxed),
            Some(more) => {
                self.owed.fetch_add(more, Relaxed);
            }
        }
    }

    /// Whether the limits end the program at the next charge: there is no use in what else is done.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let owes_too_much = self.rest.is_some_and(|rest| self.owed.load(Relaxed) > rest);
        !self.idle && (self.stopped.is_some() || owes_too_much || self.watch().is_over())
    }

    /// Pays for so many bytes.
    ///
    /// # Errors
    /// As for [`Meter::charge`].
    #[inline(always)]
    pub fn charge_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.charge((bytes / BYTES_PER_UNIT) as u64)
    }

    /// Pays for moving so many values.
    ///
    /// # Errors
    /// As for [`Meter::charge`].
    #[inline(always)]
    pub fn charge_values(&mut self, values: usize) -> Result<(), Stop> {
        self.charge((values / VALUES_PER_UNIT) as u64)
    }

    /// Appends bytes to a buffer, which has room for them, and pays for them.
    ///
    /// # Errors
    /// As for [`Meter::charge`]; a part of the bytes may have been appended.
    #[inline(always)]
    pub fn append(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Stop> {
        if bytes.len() > PIECE {
            return self.append_pieces(out, bytes);
        }
        self.charge_bytes(bytes.len())?;
        out.extend_from_slice(bytes);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn append_pieces(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Stop> {
        for piece in bytes.chunks(PIECE) {
            self.charge_bytes(piece.len())?;
            out.extend_from_slice(piece);
        }
        Ok(())
    }

    /// Whether two strings of bytes are the same; pays for what is compared.
    ///
    /// # Errors
    /// As for [`Meter::charge`].
    #[inline]
    pub fn same(&mut self, a: &[u8], b: &[u8]) -> Result<bool, Stop> {
        if a.len() != b.len() {
            return Ok(false);
        }
        Ok(self.compare(a, b)? == Ordering::Equal)
    }

    /// The order of two strings of bytes; pays for what is compared.
    ///
    /// # Errors
    /// As for [`Meter::charge`].
    #[inline]
    pub fn compare(&mut self, a: &[u8], b: &[u8]) -> Result<Ordering, Stop> {
        let shorter = a.len().min(b.len());
        if shorter <= COMPARED {
            self.charge_bytes(shorter)?;
            return Ok(a.cmp(b));
        }
        self.compare_pieces(a, b)
    }

    #[inline(never)]
    fn compare_pieces(&mut self, a: &[u8], b: &[u8]) -> Result<Ordering, Stop> {
        // Small pieces, since who differs at once should not pay for much.
        for (x, y) in a.chunks(COMPARED).zip(b.chunks(COMPARED)) {
            self.charge_bytes(x.len().min(y.len()))?;
            match x.cmp(y) {
                Ordering::Equal if x.len() == y.len() => {}
                order => return Ok(order),
            }
        }
        Ok(a.len().cmp(&b.len()))
    }

    /// Appends bytes that somebody else pays for; long work is only looked after.
    ///
    /// # Errors
    /// As for [`Meter::look`].
    #[inline(always)]
    pub fn carry(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Stop> {
        if bytes.len() > PIECE {
            return self.carry_pieces(out, bytes);
        }
        out.extend_from_slice(bytes);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn carry_pieces(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Stop> {
        for piece in bytes.chunks(PIECE) {
            self.look()?;
            out.extend_from_slice(piece);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, units: u64) -> Result<(), Stop> {
        if let Some(stop) = self.stopped {
            return Err(stop);
        }
        let due = (units - std::mem::take(self.left.get_mut())).saturating_add(std::mem::take(self.owed.get_mut()));
        if let Some(rest) = &mut self.rest {
            match rest.checked_sub(due) {
                Some(more) => *rest = more,
                None => {
                    *rest = 0;
                    return Err(self.stop(Stop::Fuel));
                }
            }
        }
        self.look()?;
        self.deal();
        Ok(())
    }

    /// Looks at the clock and the interrupt word now.
    ///
    /// # Errors
    /// As for [`Meter::charge`].
    pub fn look(&mut self) -> Result<(), Stop> {
        if self.idle {
            return Ok(());
        }
        if let Some(stop) = self.stopped {
            return Err(stop);
        }
        if self.interrupt.load(Relaxed) & KILL != 0 {
            return Err(self.stop(Stop::Killed));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(self.stop(Stop::Timeout));
        }
        Ok(())
    }

    /// What limits those who wait.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch { deadline: self.deadline, interrupt: Arc::clone(&self.interrupt) }
    }

    /// Ends the program: every further charge fails.
    pub fn stop(&mut self, stop: Stop) -> Stop {
        self.put_back();
        *self.stopped.get_or_insert(stop)
    }

    /// Why the program has to end, if it has to.
    #[must_use]
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// The host has been told: another program may run, within what is left of the limits. A kill is for one program.
    pub fn take_stop(&mut self) -> Option<Stop> {
        let stop = self.stopped.take()?;
        if stop == Stop::Killed {
            self.interrupt.fetch_and(!KILL, Relaxed);
        }
        // Time that is over is seen by the next charge.
        self.put_back();
        Some(stop)
    }

    /// Puts what is left of the interval back: the next charge looks.
    fn put_back(&mut self) {
        if self.idle {
            return;
        }
        let (left, owed) = (std::mem::take(self.left.get_mut()), std::mem::take(self.owed.get_mut()));
        if let Some(rest) = &mut self.rest {
            *rest = rest.saturating_add(left).saturating_sub(owed);
        }
    }

    /// Takes the units of an interval.
    fn deal(&mut self) {
        *self.left.get_mut() = match &mut self.rest {
            None => INTERVAL,
            Some(rest) => {
                let units = (*rest).min(INTERVAL);
                *rest -= units;
                units
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuel_is_spent_to_the_unit() {
        for fuel in [0, 1, INTERVAL - 1, INTERVAL, INTERVAL + 1, 5 * INTERVAL + 7] {
            for step in [1, 7, INTERVAL, 3 * INTERVAL] {
                let mut meter = Meter::with_fuel(fuel);
                let mut spent = 0;
                while spent + step <= fuel {
                    assert_eq!(meter.charge(step), Ok(()));
                    spent += step;
                    assert_eq!(meter.fuel(), Some(fuel - spent));
                }
                assert_eq!(meter.charge(step), Err(Stop::Fuel));
                assert_eq!(meter.charge(1), Err(Stop::Fuel));
                assert_eq!(meter.take_stop(), Some(Stop::Fuel));
                assert_eq!((meter.fuel(), meter.charge(1)), (Some(0), Err(Stop::Fuel)));
            }
        }
    }

    #[test]
    fn a_kill_is_seen_within_an_interval_and_ends_one_program() {
        let mut meter = Meter::default();
        meter.interrupt().fetch_or(KILL, Relaxed);
        let charged = (0..=INTERVAL).find(|_| meter.charge(1).is_err());
        assert_eq!(charged, Some(INTERVAL));
        assert_eq!(meter.charge(0), Ok(()), "nothing is not work");
        assert_eq!(meter.charge(1), Err(Stop::Killed));
        assert_eq!(meter.take_stop(), Some(Stop::Killed));
        assert_eq!(meter.charge(2 * INTERVAL), Ok(()));
    }

    #[test]
    fn what_the_host_does_is_free() {
        let mut meter = Meter::with_fuel(10);
        meter.rest();
        assert_eq!((meter.charge(1 << 40), meter.fuel()), (Ok(()), Some(10)));
        meter.resume();
        assert_eq!((meter.charge(3), meter.fuel()), (Ok(()), Some(7)));
        meter.rest();
        assert_eq!(meter.fuel(), Some(7));
    }

    #[test]
    fn what_is_owed_is_paid_for_by_the_next_charge() {
        let mut meter = Meter::with_fuel(100);
        assert_eq!(meter.charge(1), Ok(()));
        meter.owe(10);
        assert_eq!(meter.fuel(), Some(89));
        meter.owe(1000);
        assert_eq!(meter.charge(1), Err(Stop::Fuel));
        let mut meter = Meter::with_fuel(100);
        meter.owe(60);
        assert_eq!((meter.charge(40), meter.charge(1)), (Ok(()), Err(Stop::Fuel)));
        meter.rest();
        meter.owe(1 << 40);
        assert_eq!((meter.charge(1), meter.fuel()), (Ok(()), Some(0)));
    }

    #[test]
    fn a_stop_keeps_the_rest_of_the_fuel() {
        let mut meter = Meter::with_fuel(100);
        meter.set_deadline(Some(Instant::now()));
        assert_eq!(meter.charge(1), Err(Stop::Timeout));
        assert_eq!(meter.fuel(), Some(99));
        meter.set_deadline(None);
        assert_eq!(meter.stop(Stop::Diverged), Stop::Timeout, "the first stop stands");
        assert_eq!(meter.take_stop(), Some(Stop::Timeout));
        assert_eq!((meter.charge(99), meter.charge(1)), (Ok(()), Err(Stop::Fuel)));
    }
}
