//! The standard library: bindings of the pure kernels to the machine, after PUC's `l*lib.c`.
//!
//! Each module gives an `open` that sets its globals. Functions check their arguments in PUC's order, so that
//! the first wrong one is reported; values live on the machine's stack, never in Rust variables, so that the
//! collector sees them.
#![forbid(unsafe_code)]

mod base;
mod base_load;
mod coroutine;
mod debug;
mod io;
mod math;
mod os;
mod package;
mod string;
mod string_format;
mod string_pattern;
mod table;

use crate::Error;
use crate::kernel::memory;
use crate::vm::{Ctx, Held, LuaVM, NativeFn, Throw, Type, fast};

pub(crate) use crate::system::output;
pub(crate) use crate::system::strerror;
pub(crate) use base_load::load_file;

impl LuaVM {
    /// A machine with the standard library (manual §5).
    ///
    /// # Errors
    /// [`Error::Memory`] if the system has no memory for it.
    pub fn with_stdlib() -> Result<LuaVM, Error> {
        let mut vm = LuaVM::new()?;
        vm.open_stdlib()?;
        Ok(vm)
    }

    /// Opens the standard library in a machine that was made without it.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is no memory for it.
    pub fn open_stdlib(&mut self) -> Result<(), Error> {
        self.enter(|ctx| {
            open_libs(ctx)?;
            fast::attach(ctx)
        })
    }
}

/// Opens all libraries, in the order of PUC's `linit.c` (coroutine is part of its base library).
pub(crate) fn open_libs(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    let libraries = [
        base::open,
        coroutine::open,
        package::open,
        table::open,
        io::open,
        os::open,
        string::open,
        math::open,
        debug::open,
    ];
    let top = ctx.top();
    for open in libraries {
        open(ctx)?;
        ctx.set_top(top)?;
    }
    Ok(())
}

/// Registers a library (C's `luaL_register`): with a name, in the table `package.loaded[name]`, which is made,
/// and made a global, if need be; without, in the table on the top. The table is left on the top.
pub(crate) fn register(ctx: &mut Ctx<'_>, name: Option<&str>, functions: &[(&str, NativeFn)]) -> Result<(), Throw> {
    if let Some(name) = name {
        push_library(ctx, name, functions.len())?;
    }
    let library = ctx.top();
    for &(name, function) in functions {
        ctx.push_function(function, 0)?;
        ctx.raw_set_field(library, name)?;
    }
    Ok(())
}

/// Makes the names of a library's functions known in this order, which is PUC's: it shows if the machine is to have PUC's
/// order of keys, and the functions are not all registered at once.
pub(crate) fn reserve_names(ctx: &mut Ctx<'_>, library: usize, names: &[&str]) -> Result<(), Throw> {
    for name in names {
        ctx.push_boolean(false)?;
        ctx.raw_set_field(library, name)?;
    }
    Ok(())
}

/// Pushes the table of a library, with room for so many functions.
pub(crate) fn push_library(ctx: &mut Ctx<'_>, name: &str, size: usize) -> Result<(), Throw> {
    let base = ctx.top();
    ctx.push_registry()?;
    push_subtable(ctx, base + 1, "_LOADED", 16)?;
    let loaded = ctx.top();
    ctx.raw_get_field(loaded, name)?;
    if !is_table(ctx, loaded + 1) {
        ctx.set_top(loaded)?;
        ctx.push_globals()?;
        push_subtable(ctx, loaded + 1, name, size)?;
        ctx.remove(loaded + 1);
        ctx.push_value(loaded + 1)?;
        ctx.raw_set_field(loaded, name)?;
    }
    ctx.replace(base + 1);
    ctx.set_top(base + 1)
}

/// Pushes field `name` of the table at `index`; if it is no table, it becomes a new one.
fn push_subtable(ctx: &mut Ctx<'_>, index: usize, name: &str, size: usize) -> Result<(), Throw> {
    ctx.raw_get_field(index, name)?;
    if is_table(ctx, ctx.top()) {
        return Ok(());
    }
    ctx.drop_top(1);
    ctx.new_table(0, size)?;
    let made = ctx.top();
    ctx.push_value(made)?;
    ctx.raw_set_field(index, name)
}

fn is_table(ctx: &Ctx<'_>, index: usize) -> bool {
    ctx.type_of(index) == Type::Table
}

/// Pays for looking for a level of the stack.
pub(crate) fn charge_level(ctx: &mut Ctx<'_>, level: i32) -> Result<(), Throw> {
    const LEVELS_PER_UNIT: u64 = 16;
    let levels = u64::from(level.max(0).unsigned_abs()).min(ctx.depth() as u64);
    Ok(ctx.meter().charge(levels / LEVELS_PER_UNIT)?)
}

/// Watches over a buffer that grows. It is not of the heap, so the heap's limit does not see it; and where the system has
/// less memory than the limit allows, growing has to fail, not to end the process.
pub(crate) struct Room {
    capacity: usize,
    /// What is counted for it: a small buffer is not worth that.
    held: Option<Held>,
}

impl Room {
    /// A watch over a buffer. What it has of old is there already.
    #[inline]
    pub(crate) fn of(out: &Vec<u8>) -> Self {
        Room { capacity: out.capacity(), held: None }
    }

    /// How many bytes fit without asking.
    #[inline]
    pub(crate) fn left(&self, out: &[u8]) -> usize {
        self.capacity.saturating_sub(out.len())
    }

    /// Makes room for `more` bytes in the buffer; fails with "not enough memory".
    #[inline]
    pub(crate) fn fit(&mut self, ctx: &mut Ctx<'_>, out: &mut Vec<u8>, more: usize) -> Result<(), Throw> {
        let size = out.len().saturating_add(more);
        if size <= self.capacity { Ok(()) } else { self.grow(ctx, out, size) }
    }

    #[cold]
    fn grow(&mut self, ctx: &mut Ctx<'_>, out: &mut Vec<u8>, size: usize) -> Result<(), Throw> {
        /// So much is kept of the account.
        const SMALL: usize = 64 * 1024;
        if size <= SMALL {
            ctx.check_room(size)?;
        } else {
            ctx.hold_at_least(&mut self.held, size)?;
        }
        let more = size - out.len();
        if memory::reserve(out, more).is_err() {
            // The error of a size that no limit allows.
            ctx.check_room(usize::MAX)?;
        }
        self.capacity = out.capacity();
        if self.capacity > SMALL {
            ctx.hold_spare(&mut self.held, self.capacity);
        }
        Ok(())
    }
}
