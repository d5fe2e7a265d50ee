//! Pages: where slots live.
//!
//! A page is 64 KiB, aligned to its size, and holds slots of one size and one kind; its head is found from any slot by
//! masking the address. Pages are cut from mappings of 8 MiB, are never moved, and go back to the system one by
//! one when they are empty. A page number and a slot number make the 32-bit index of a [`super::handle`].
//!
//! Invariants: a slot on a free list has a header of [`Kind::Free`] in pages that hold objects; `live` counts the
//! slots that are handed out; a page is in its class's `available` list if and only if its `listed` is set, and the
//! class's current page is never listed.

use memmap2::MmapMut;

use crate::kernel::memory::{OutOfMemory, reserve};

use super::header::{Header, Kind};

/// Bytes of a page.
pub(crate) const PAGE_SIZE: usize = 64 * 1024;
const REGION_SIZE: usize = 8 * 1024 * 1024;
/// The system's large pages, which spare the processor most of its address translation.
const HUGE_PAGE: usize = 2 * 1024 * 1024;
const PAGES_PER_REGION: usize = REGION_SIZE / PAGE_SIZE;
/// Bits of a handle index that number the slot within its page.
const SLOT_BITS: u32 = 12;
const FIRST_SLOT: usize = 128;
const MIN_SLOT: usize = 16;
/// How many bytes of never-used slots are put on the free list at a time.
const CARVE_BYTES: usize = 4096;
const MAX_PAGES: usize = 1 << (32 - SLOT_BITS);

/// The head of a page.
#[repr(C)]
pub(crate) struct Page {
    free: *mut FreeSlot,
    live: u32,
    /// Slots below this number have been used or are on the free list.
    carved: u32,
    slots: u32,
    slot_size: u32,
    number: u32,
    class: u16,
    kind: Kind,
    listed: bool,
    /// Whether this collection's sweep still has to visit the page.
    unswept: bool,
    first_generation: u32,
}

#[repr(C)]
struct FreeSlot {
    header: Header,
    next: *mut FreeSlot,
}

const _: () = assert!(size_of::<Page>() <= FIRST_SLOT && size_of::<FreeSlot>() == MIN_SLOT);
const _: () = assert!(PAGES_PER_REGION == u128::BITS as usize);
const _: () = assert!((PAGE_SIZE - FIRST_SLOT) / MIN_SLOT <= 1 << SLOT_BITS);

/// One slot size of one kind.
struct Class {
    current: *mut Page,
    available: Vec<*mut Page>,
    slot_size: u32,
    kind: Kind,
}

struct Region {
    mapping: MmapMut,
    /// First page boundary inside the mapping.
    start: *mut u8,
    used: u128,
}

struct PageEntry {
    page: *mut Page,
    /// Generation at which the slots of the next page with this number start.
    generation: u32,
}

/// Identifies a class of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClassId(u16);

/// All pages of a heap.
pub(crate) struct Pages {
    classes: Vec<Class>,
    entries: Vec<PageEntry>,
    free_numbers: Vec<u32>,
    regions: Vec<Region>,
    /// The page of a class that has none: its free list is empty, so the first allocation takes the slow path.
    no_page: Box<Page>,
}

impl Pages {
    pub(crate) fn new() -> Self {
        let no_page = Page {
            free: std::ptr::null_mut(),
            live: 0,
            carved: 0,
            slots: 0,
            slot_size: 0,
            number: u32::MAX,
            class: u16::MAX,
            kind: Kind::Free,
            listed: false,
            unswept: false,
            first_generation: 0,
        };
        Pages {
            classes: Vec::new(),
            entries: Vec::new(),
            free_numbers: Vec::new(),
            regions: Vec::new(),
            no_page: Box::new(no_page),
        }
    }

    /// Registers a class of slots of at least `size` bytes.
    pub(crate) fn add_class(&mut self, kind: Kind, size: usize) -> ClassId {
        debug_assert!(size.is_multiple_of(8) && (MIN_SLOT..=PAGE_SIZE / 8).contains(&size));
        let current = &raw mut *self.no_page;
        self.classes.push(Class { current, available: Vec::new(), slot_size: size as u32, kind });
        ClassId((self.classes.len() - 1) as u16)
    }

    /// A slot of the class: its header says [`Kind::Free`]; the rest is whatever was there.
    #[inline(always)]
    pub(crate) fn allocate(&mut self, class: ClassId) -> Result<*mut u8, OutOfMemory> {
        let page = self.classes[class.0 as usize].current;
        // SAFETY: `current` is a live page of this heap or `no_page`; both outlive this call.
        unsafe {
            let slot = (*page).free;
            if slot.is_null() {
                return self.allocate_slow(class);
            }
            (*page).free = (*slot).next;
            (*page).live += 1;
            Ok(slot.cast())
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, class: ClassId) -> Result<*mut u8, OutOfMemory> {
        let mut page = self.classes[class.0 as usize].current;
        loop {
            // SAFETY: as in `allocate`; listed pages are live because releasing a page unlists it.
            unsafe {
                if (*page).carved < (*page).slots {
                    carve(page);
                }
                if !(*page).free.is_null() {
                    self.classes[class.0 as usize].current = page;
                    return self.allocate(class);
                }
            }
            page = match self.classes[class.0 as usize].available.pop() {
                Some(page) => {
                    // SAFETY: as above.
                    unsafe { (*page).listed = false };
                    page
                }
                None => self.new_page(class)?,
            };
        }
    }

    /// Puts a slot back on its page's free list.
    ///
    /// # Safety
    /// `slot` came from [`Pages::allocate`] of this heap, has not been freed since, and nothing refers to it. If its
    /// page holds objects, its header has been vacated.
    #[inline(always)]
    pub(crate) unsafe fn free(&mut self, slot: *mut u8) {
        let page = page_of(slot);
        // SAFETY: the slot is live, hence so is the page around it; the slot is at least a `FreeSlot` large.
        unsafe {
            #[cfg(debug_assertions)]
            slot.add(MIN_SLOT).write_bytes(0xDD, (*page).slot_size as usize - MIN_SLOT);
            let slot = slot.cast::<FreeSlot>();
            (*slot).next = (*page).free;
            (*page).free = slot;
            (*page).live -= 1;
            if !(*page).listed {
                self.list(page);
            }
        }
    }

    /// # Safety
    /// `page` is a live page of this heap.
    #[inline]
    unsafe fn list(&mut self, page: *mut Page) {
        // SAFETY: the caller's promise.
        let class = unsafe { &mut self.classes[(*page).class as usize] };
        if class.current != page {
            class.available.push(page);
            // SAFETY: the caller's promise.
            unsafe { (*page).listed = true };
        }
    }

    fn new_page(&mut self, class: ClassId) -> Result<*mut Page, OutOfMemory> {
        reserve(&mut self.entries, 1)?;
        let page: *mut Page = self.take_page()?.cast();
        let number = match self.free_numbers.pop() {
            Some(number) => number,
            None if self.entries.len() < MAX_PAGES => {
                self.entries.push(PageEntry { page: std::ptr::null_mut(), generation: 0 });
                (self.entries.len() - 1) as u32
            }
            None => return Err(OutOfMemory),
        };
        let Class { slot_size, kind, .. } = self.classes[class.0 as usize];
        let entry = &mut self.entries[number as usize];
        entry.page = page;
        // SAFETY: `take_page` returned a writable page that nobody else uses.
        unsafe {
            page.write(Page {
                free: std::ptr::null_mut(),
                live: 0,
                carved: 0,
                slots: (PAGE_SIZE - FIRST_SLOT) as u32 / slot_size,
                slot_size,
                number,
                class: class.0,
                kind,
                listed: false,
                unswept: false,
                first_generation: entry.generation,
            });
        }
        Ok(page)
    }

    fn take_page(&mut self) -> Result<*mut u8, OutOfMemory> {
        // A small heap does without large pages; and every heap works without, just as well.
        let plain = if self.regions.is_empty() { HUGE_PAGE } else { 0 };
        let region = match self.regions.iter_mut().rev().find(|region| region.used != u128::MAX) {
            Some(region) => region,
            None => {
                // One large page more than is used, so that aligned ones lie within.
                let mut mapping = MmapMut::map_anon(REGION_SIZE + HUGE_PAGE).map_err(|_| OutOfMemory)?;
                let address = mapping.as_mut_ptr();
                let start = address.wrapping_add(address.align_offset(HUGE_PAGE));
                #[cfg(target_os = "linux")]
                {
                    let offset = start as usize - address as usize + plain;
                    let _ = mapping.advise_range(memmap2::Advice::HugePage, offset, REGION_SIZE - plain);
                }
                self.regions.push(Region { mapping, start, used: 0 });
                self.regions.last_mut().expect("just pushed")
            }
        };
        let index = region.used.trailing_ones();
        region.used |= 1 << index;
        Ok(region.start.wrapping_add(index as usize * PAGE_SIZE))
    }

    /// Whether there is such a page and none of its slots is handed out.
    pub(crate) fn is_empty(&self, number: usize) -> bool {
        // SAFETY: entries hold live pages.
        self.page(number).is_some_and(|page| unsafe { (*page).live == 0 && !(*page).unswept })
    }

    /// Gives a page back to the system if it is empty; says whether it was.
    pub(crate) fn release_if_empty(&mut self, number: usize) -> bool {
        let Some(page) = self.page(number).filter(|_| self.is_empty(number)) else { return false };
        // SAFETY: the page is live and no slot of it is handed out.
        unsafe { self.release(page) };
        true
    }

    /// Unmaps the regions without pages.
    pub(crate) fn release_regions(&mut self) {
        self.regions.retain(|region| region.used != 0);
    }

    /// # Safety
    /// `page` is a live page of this heap and none of its slots is handed out.
    unsafe fn release(&mut self, page: *mut Page) {
        // SAFETY: the caller's promise.
        let Page { number, class, kind, carved, listed, .. } = unsafe { page.read() };
        let class = &mut self.classes[class as usize];
        if class.current == page {
            class.current = &raw mut *self.no_page;
        }
        if listed {
            class.available.retain(|&other| other != page);
        }
        let entry = &mut self.entries[number as usize];
        entry.page = std::ptr::null_mut();
        if kind != Kind::Buffer {
            // SAFETY: all carved slots are free, and a free slot has a header.
            let last = (0..carved).map(|slot| unsafe { (*slot_at(page, slot).cast::<Header>()).generation() }).max();
            entry.generation = entry.generation.max(last.unwrap_or(0).wrapping_add(1));
        }
        self.free_numbers.push(number);
        let address = page.cast::<u8>();
        let region = self
            .regions
            .iter_mut()
            .find(|region| (region.start..region.start.wrapping_add(REGION_SIZE)).contains(&address))
            .expect("every page lies in a region");
        let offset = address as usize - region.start as usize;
        region.used &= !(1 << (offset / PAGE_SIZE));
        #[cfg(unix)]
        {
            let offset = address as usize - region.mapping.as_ptr() as usize;
            // SAFETY: nothing refers into the page any more; it is written before it is read again. Failure only
            // means that the system keeps the memory.
            let _ =
                unsafe { region.mapping.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, PAGE_SIZE) };
        }
    }

    /// All pages, in the order of their numbers.
    #[cfg(any(test, debug_assertions, feature = "verify", feature = "alloc_fail"))]
    pub(crate) fn pages(&self) -> impl Iterator<Item = *mut Page> + '_ {
        self.entries.iter().map(|entry| entry.page).filter(|page| !page.is_null())
    }

    /// One past the highest page number in use.
    pub(crate) fn page_count(&self) -> usize {
        self.entries.len()
    }

    /// The page with this number.
    pub(crate) fn page(&self, number: usize) -> Option<*mut Page> {
        self.entries.get(number).map(|entry| entry.page).filter(|page| !page.is_null())
    }

    /// Checks a page: each slot is on its free list, or handed out and of its kind. Returns the kind and how many are handed out.
    #[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
    pub(super) fn check_page(&self, page: *mut Page) -> Result<(Kind, usize), String> {
        // SAFETY: callers pass pages of this heap, which are live.
        let (kind, carved, live) = unsafe { ((*page).kind, (*page).carved, (*page).live) };
        // SAFETY: likewise; free slots link free slots of the same page.
        let mut free = unsafe { (*page).free };
        let mut listed = 0;
        while !free.is_null() {
            // SAFETY: as above.
            let is_free = kind == Kind::Buffer || unsafe { (*free).header.kind() } == Kind::Free;
            if page_of(free.cast()) != page || !is_free || listed > carved {
                return Err(format!("the free list of a page of kind {kind:?} is broken"));
            }
            listed += 1;
            // SAFETY: as above.
            free = unsafe { (*free).next };
        }
        if listed + live != carved {
            return Err(format!("a page of kind {kind:?} has {carved} slots, {live} in use and {listed} free"));
        }
        let mut objects = 0;
        for slot in (0..carved).filter(|_| kind != Kind::Buffer) {
            // SAFETY: a slot that has been carved begins with a header.
            let found = unsafe { (*slot_at(page, slot).cast::<Header>()).kind() };
            if found != Kind::Free && found != kind {
                return Err(format!("a page of kind {kind:?} holds an object of kind {found:?}"));
            }
            objects += u32::from(found == kind);
        }
        if kind != Kind::Buffer && objects != live {
            return Err(format!("a page of kind {kind:?} has {live} slots in use and {objects} objects"));
        }
        Ok((kind, live as usize))
    }

    /// Says which pages a sweep has to visit: all that exist now and hold objects.
    pub(crate) fn begin_sweep(&mut self) {
        for page in self.entries.iter().map(|entry| entry.page).filter(|page| !page.is_null()) {
            // SAFETY: entries hold live pages or null.
            unsafe { (*page).unswept = (*page).kind != Kind::Buffer };
        }
    }

    /// The slot with this handle index, if its page exists and it has been used.
    pub(crate) fn slot(&self, index: u32) -> Option<(*mut u8, Kind)> {
        let page = self.page((index >> SLOT_BITS) as usize)?;
        let slot = index & ((1 << SLOT_BITS) - 1);
        // SAFETY: entries hold live pages.
        unsafe { (slot < (*page).carved).then(|| (slot_at(page, slot), (*page).kind)) }
    }
}

impl Page {
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the sweep still has to visit it; it does not from now on.
    pub(crate) fn take_unswept(&mut self) -> bool {
        std::mem::take(&mut self.unswept)
    }

    /// Number of slots that have ever been handed out or listed as free.
    pub(crate) fn carved(&self) -> u32 {
        self.carved
    }
}

/// The handle index of a slot.
///
/// # Safety
/// `slot` is a live slot of some heap.
pub(crate) unsafe fn index_of(slot: *const u8) -> u32 {
    let page = page_of(slot.cast_mut());
    let offset = (slot as usize - page as usize - FIRST_SLOT) as u32;
    // SAFETY: the caller's promise: the page around a live slot is live.
    unsafe { ((*page).number << SLOT_BITS) | (offset / (*page).slot_size) }
}

/// The address of a page's slot.
///
/// # Safety
/// `page` is live and has that many slots.
#[inline(always)]
pub(crate) unsafe fn slot_at(page: *mut Page, slot: u32) -> *mut u8 {
    // SAFETY: the caller's promise keeps the address inside the page.
    unsafe { page.cast::<u8>().add(FIRST_SLOT + slot as usize * (*page).slot_size as usize) }
}

/// The page around a slot.
#[inline(always)]
fn page_of(slot: *mut u8) -> *mut Page {
    slot.map_addr(|address| address & !(PAGE_SIZE - 1)).cast()
}

/// Moves some never-used slots to the free list, lowest address first.
///
/// # Safety
/// `page` is live and not all of its slots are carved.
unsafe fn carve(page: *mut Page) {
    // SAFETY: the caller's promise; slots from `carved` on have never been handed out.
    unsafe {
        let count = (CARVE_BYTES as u32 / (*page).slot_size).max(1).min((*page).slots - (*page).carved);
        for slot in ((*page).carved..(*page).carved + count).rev() {
            let free = slot_at(page, slot).cast::<FreeSlot>();
            (*free).header.start_at_generation((*page).first_generation);
            (*free).next = (*page).free;
            (*page).free = free;
        }
        (*page).carved += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn vacate(slot: *mut u8) {
        // SAFETY: test slots hold headers.
        unsafe { (*slot.cast::<Header>()).vacate() };
    }

    #[test]
    fn indices_name_slots_and_generations_rise_across_pages() {
        let mut pages = Pages::new();
        let class = pages.add_class(Kind::Table, 48);
        let slot = pages.allocate(class).unwrap();
        // SAFETY: a live slot.
        let index = unsafe { index_of(slot) };
        assert_eq!(pages.slot(index), Some((slot, Kind::Table)));
        vacate(slot);
        // SAFETY: allocated above, vacated, unused.
        unsafe { pages.free(slot) };
        assert!(pages.release_if_empty(0));
        pages.release_regions();
        assert_eq!(pages.slot(index), None);
        let again = pages.allocate(class).unwrap();
        // SAFETY: a live slot.
        unsafe {
            assert_eq!(index_of(again), index);
            assert!((*again.cast::<Header>()).generation() > 0, "the page's next incarnation starts later");
        }
    }

    #[test]
    fn freed_slots_are_used_again_before_new_pages() {
        let mut pages = Pages::new();
        let class = pages.add_class(Kind::Buffer, 512);
        let slots: Vec<_> = (0..1000).map(|_| pages.allocate(class).unwrap()).collect();
        let count = pages.pages().count();
        for &slot in &slots {
            // SAFETY: allocated above and unused.
            unsafe { pages.free(slot) };
        }
        let again: Vec<_> = (0..1000).map(|_| pages.allocate(class).unwrap()).collect();
        assert_eq!(pages.pages().count(), count);
        let distinct: std::collections::HashSet<_> = again.iter().collect();
        assert_eq!(distinct.len(), 1000);
    }
}
