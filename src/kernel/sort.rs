//! `table.sort`: PUC's `auxsort`, step by step.
//!
//! The algorithm is observable: the order function sees which elements are compared and
//! when, and a function that is no order must fail (or not) just as in PUC. So this is its
//! quicksort with the median of three, the reads and writes in its order, over a trait that
//! hides the table. Elements are held in *slots* of the target's, never here, so that a
//! collecting VM can keep them where its collector looks.
//!
//! Invariants:
//! - Ranges waiting to be sorted sit in a fixed array: the smaller part is always done
//!   first, so each waiting range is at least as large as all work before it.
//! - Indices given to the target are within `0 ..= n + 1`; a bad order function can make the
//!   scan step one past either end, as in PUC.
#![forbid(unsafe_code)]

use std::cmp::Ordering;

use super::meter::{Meter, Stop};

/// Where a loaded element is held. What one holds is dead once it is loaded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The pivot of the partition at work.
    Pivot,
    /// The element read from the lower index.
    Low,
    /// The element read from the higher index.
    High,
}

/// How many [`Slot`]s there are; `slot as usize` is below it.
pub const SLOTS: usize = 3;

/// What is sorted: an array with indices from 1, and the order.
pub trait SortTarget {
    /// What a comparison or an access can fail with.
    type Error;

    /// Reads element `index` into `slot`.
    ///
    /// # Errors
    /// Whatever the target's access fails with; the sort ends with it.
    fn load(&mut self, slot: Slot, index: i64) -> Result<(), Self::Error>;

    /// Writes what `slot` holds to element `index`.
    ///
    /// # Errors
    /// Whatever the target's access fails with; the sort ends with it.
    fn store(&mut self, index: i64, slot: Slot) -> Result<(), Self::Error>;

    /// Whether what `a` holds is before what `b` holds. It may call Lua.
    ///
    /// # Errors
    /// Whatever the order fails with; the sort ends with it.
    fn less(&mut self, a: Slot, b: Slot) -> Result<bool, Self::Error>;

    /// The error "invalid order function for sorting".
    fn invalid_order(&mut self) -> Self::Error;
}

/// PUC's message for an order function that is none.
pub const INVALID_ORDER: &str = "invalid order function for sorting";

/// Sorts elements `1..=n`.
///
/// # Errors
/// The target's own, or its `invalid_order` when the scan runs off the range.
pub fn sort<T: SortTarget>(target: &mut T, n: i64) -> Result<(), T::Error> {
    use Slot::{High, Low, Pivot};
    let mut waiting = [(0_i64, 0_i64); 64];
    let mut depth = 0;
    let (mut l, mut u) = (1_i64, n);
    loop {
        if l >= u {
            if depth == 0 {
                return Ok(());
            }
            depth -= 1;
            (l, u) = waiting[depth];
            continue;
        }
        target.load(Low, l)?;
        target.load(High, u)?;
        if target.less(High, Low)? {
            target.store(l, High)?;
            target.store(u, Low)?;
        }
        if u - l == 1 {
            l = u;
            continue;
        }
        let middle = l + (u - l) / 2;
        target.load(High, middle)?;
        target.load(Low, l)?;
        if target.less(High, Low)? {
            target.store(middle, Low)?;
            target.store(l, High)?;
        } else {
            target.load(Low, u)?;
            if target.less(Low, High)? {
                target.store(middle, Low)?;
                target.store(u, High)?;
            }
        }
        if u - l == 2 {
            l = u;
            continue;
        }
        target.load(Pivot, middle)?;
        target.load(High, u - 1)?;
        target.store(middle, High)?;
        target.store(u - 1, Pivot)?;
        let (mut i, mut j) = (l, u - 1);
        loop {
            i += 1;
            target.load(Low, i)?;
            while target.less(Low, Pivot)? {
                if i > u {
                    return Err(target.invalid_order());
                }
                i += 1;
                target.load(Low, i)?;
            }
            j -= 1;
            target.load(High, j)?;
            while target.less(Pivot, High)? {
                if j < l {
                    return Err(target.invalid_order());
                }
                j -= 1;
                target.load(High, j)?;
            }
            if j < i {
                break;
            }
            target.store(i, High)?;
            target.store(j, Low)?;
        }
        target.load(High, u - 1)?;
        target.load(Low, i)?;
        target.store(u - 1, Low)?;
        target.store(i, High)?;
        let (small, large) = if i - l < u - i { ((l, i - 1), (i + 1, u)) } else { ((i + 1, u), (l, i - 1)) };
        // Each waiting range is larger than what is done before it: 63 halvings at most.
        if let Some(free) = waiting.get_mut(depth) {
            *free = large;
            depth += 1;
        }
        (l, u) = small;
    }
}

/// Elements that are sorted without a look at the meter in between.
const RUN: usize = 4096;

/// Sorts elements whose order nobody can watch, and that are quick to compare. If the meter stops it they are in some order.
///
/// # Errors
/// The meter's.
pub fn sort_in_pieces<T: Copy>(
    meter: &mut Meter,
    items: &mut [T],
    order: impl Fn(&T, &T) -> Ordering + Copy,
) -> Result<(), Stop> {
    let mut waiting = vec![items];
    while let Some(range) = waiting.pop() {
        if range.len() <= RUN {
            let comparisons = range.len() as u64 * u64::from(range.len().max(1).ilog2() + 1);
            meter.charge(comparisons)?;
            range.sort_unstable_by(order);
            continue;
        }
        let middle = partition(meter, range, order)?;
        let (low, high) = range.split_at_mut(middle);
        // The smaller part is done first, so that few wait.
        let (small, large) = if low.len() < high.len() { (low, high) } else { (high, low) };
        waiting.push(large);
        waiting.push(small);
    }
    Ok(())
}

/// Moves what is not above some element before what is not below it; both parts have elements.
fn partition<T: Copy>(meter: &mut Meter, items: &mut [T], order: impl Fn(&T, &T) -> Ordering) -> Result<usize, Stop> {
    let (middle, last) = (items.len() / 2, items.len() - 1);
    // The median of three, in the middle; the others bound the scans.
    for (a, b) in [(0, middle), (middle, last), (0, middle)] {
        if order(&items[b], &items[a]).is_lt() {
            items.swap(a, b);
        }
    }
    let pivot = items[middle];
    let (mut i, mut j) = (0, last);
    let mut steps = 0;
    loop {
        i += 1;
        while order(&items[i], &pivot).is_lt() {
            i += 1;
            steps += 1;
        }
        j -= 1;
        while order(&pivot, &items[j]).is_lt() {
            j -= 1;
            steps += 1;
        }
        steps += 2;
        if steps >= RUN {
            meter.charge(steps as u64)?;
            steps = 0;
        }
        if i >= j {
            meter.charge(steps as u64)?;
            return Ok(i);
        }
        items.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PUC 5.1 compares, read from it; `None` is nil, read beyond the end.
    struct Recorder<F> {
        items: Vec<Option<i64>>,
        slots: [Option<i64>; SLOTS],
        log: String,
        order: F,
    }

    impl<F: Fn(Option<i64>, Option<i64>) -> bool> SortTarget for Recorder<F> {
        type Error = &'static str;

        fn load(&mut self, slot: Slot, index: i64) -> Result<(), Self::Error> {
            let item = usize::try_from(index - 1).ok();
            self.slots[slot as usize] = item.and_then(|at| self.items.get(at).copied().flatten());
            Ok(())
        }

        fn store(&mut self, index: i64, slot: Slot) -> Result<(), Self::Error> {
            self.items[index as usize - 1] = self.slots[slot as usize];
            Ok(())
        }

        fn less(&mut self, a: Slot, b: Slot) -> Result<bool, Self::Error> {
            let (a, b) = (self.slots[a as usize], self.slots[b as usize]);
            let show = |item: Option<i64>| item.map_or("nil".to_owned(), |item| item.to_string());
            self.log += &format!("{},{} ", show(a), show(b));
            Ok((self.order)(a, b))
        }

        fn invalid_order(&mut self) -> Self::Error {
            INVALID_ORDER
        }
    }

    fn record(n: i64, order: impl Fn(Option<i64>, Option<i64>) -> bool) -> (Result<(), &'static str>, String) {
        let mut target =
            Recorder { items: (1..=n).map(Some).collect(), slots: [None; SLOTS], log: String::new(), order };
        let result = sort(&mut target, n);
        (result, target.log.trim_end().to_owned())
    }

    #[test]
    fn bad_orders_fail_as_in_puc() {
        let failed = Err(INVALID_ORDER);
        let log = "4,1 2,4 3,4 4,4 1,4 nil,4".to_owned();
        assert_eq!(record(4, |_, _| true), (failed, log));
        let log = "8,1 4,8 2,8 3,8 7,8 5,8 6,8 8,8 1,8 nil,8".to_owned();
        assert_eq!(record(8, |_, _| true), (failed, log));
        let log = "5,1 3,1 5,3 2,3 3,4 2,3 3,4 5,2 4,1".to_owned();
        assert_eq!(record(5, |_, _| false), (Ok(()), log));
    }

    #[test]
    fn any_order_is_sorted_in_pieces() {
        let n = 3 * RUN as u32 + 7;
        let inputs: [fn(u32) -> u32; 5] =
            [|i| i, |i| u32::MAX - i, |_| 7, |i| i.wrapping_mul(2_654_435_761), |i| i % 3];
        for input in inputs {
            let mut items: Vec<u32> = (0..n).map(input).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            assert_eq!(sort_in_pieces(&mut Meter::default(), &mut items, u32::cmp), Ok(()));
            assert_eq!(items, expected);
        }
        let mut items: Vec<u32> = (0..n).collect();
        assert_eq!(sort_in_pieces(&mut Meter::with_fuel(9), &mut items, u32::cmp), Err(Stop::Fuel));
    }

    #[test]
    fn sorts() {
        let mut target = Recorder {
            items: (0..1000).map(|i| Some(i * 7919 % 1000)).collect(),
            slots: [None; SLOTS],
            log: String::new(),
            order: |a, b| a < b,
        };
        sort(&mut target, 1000).unwrap();
        assert!(target.items.is_sorted());
        assert_eq!(record(0, |a, b| a < b), (Ok(()), String::new()));
        assert_eq!(record(-1, |a, b| a < b), (Ok(()), String::new()));
    }
}
