//! Sweeping: freeing what was not reached, and giving empty pages back.

use crate::arena::Gc;
use crate::arena::header::{Header, Kind, mark as bits};
use crate::arena::heap::Heap;
use crate::arena::page::{PAGE_SIZE, slot_at};

impl Heap {
    /// Sweeps one page; returns what it cost.
    pub(super) fn sweep_page(&mut self, number: usize) -> isize {
        let Some(page) = self.pages.page(number) else { return 16 };
        let old_white = self.white ^ bits::WHITES;
        // SAFETY: the page is live, and stays so: freeing slots does not release pages. A slot that is not free holds
        // an object of the page's kind; one with the old white is referred to by nothing that lives.
        unsafe {
            if !(*page).take_unswept() {
                return 16;
            }
            // Downwards, so that the free list comes out in the order of addresses.
            for slot in (0..(*page).carved()).rev() {
                let header = slot_at(page, slot).cast::<Header>();
                if (*header).kind() == Kind::Free {
                    continue;
                }
                let mark = (*header).mark();
                if mark & old_white == 0 || mark & bits::FIXED != 0 {
                    (*header).set_mark(mark & bits::FIXED | self.white);
                } else {
                    self.free_object(Gc::from_ptr(header));
                }
            }
        }
        PAGE_SIZE as isize / 4
    }

    /// Gives a page back if it is empty and there are spare ones enough; returns what it cost.
    pub(super) fn release_page(&mut self, number: usize) -> isize {
        if !self.pages.is_empty(number) {
            return 16;
        }
        if self.collector.spare_pages > 0 {
            self.collector.spare_pages -= 1;
            return 16;
        }
        self.pages.release_if_empty(number);
        PAGE_SIZE as isize / 8
    }
}
