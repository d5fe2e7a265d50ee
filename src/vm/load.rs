//! Loading: from source or a precompiled chunk to a function on the heap.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::lower::LOWER_STUB;
use super::native::{Ctx, Throw};
use super::state::State;
use crate::arena::{AllocError, FunctionProto, Gc, Held, ProtoDetail, TValue};
use crate::bytecode::dump::{NOT_ALLOWED, UNITS_PER_DUMPED_BYTE, dump_message, undump_pieces};
use crate::bytecode::{Constant, Proto};
use crate::compiler::{Refusal, compile_from};
use crate::kernel::memory::{probe, reserve};
use crate::syntax::{PIECE, Source};

pub(super) const ESCAPE: u8 = 0x1b;
/// Bytes that are held for each byte of a precompiled chunk: itself, and what becomes of it.
const HELD_PER_DUMPED_BYTE: usize = 3;

/// Reads the next piece of a chunk, which a function appends; nothing at the end.
pub(crate) type ReadPiece<'a> = &'a mut dyn FnMut(&mut Ctx<'_>, &mut Vec<u8>) -> Result<(), Throw>;

/// A chunk that is read while it is compiled.
struct Pieces<'a, 'c> {
    ctx: &'a mut Ctx<'c>,
    read: ReadPiece<'a>,
    /// The first piece, until it is asked for.
    first: Vec<u8>,
    /// What ended the chunk early. The error is in the machine.
    failure: Option<Throw>,
    /// Bytes of the account that the front end holds.
    held: usize,
}

impl Pieces<'_, '_> {
    fn next(&mut self, text: &mut Vec<u8>) {
        if self.failure.is_none() {
            self.failure = (self.read)(self.ctx, text).err();
        }
    }

    /// Reads a precompiled chunk that begins with this piece.
    fn undump(&mut self, first: Vec<u8>, name: &[u8]) -> Result<Arc<Proto>, Vec<u8>> {
        if !self.ctx.st.allow_bytecode {
            return Err(dump_message(name, NOT_ALLOWED));
        }
        self.pay_dumped(first.len(), first.capacity());
        undump_pieces(first.into(), name, &mut |bytes| {
            let before = bytes.len();
            self.next(bytes);
            if !self.pay_dumped(bytes.len() - before, bytes.capacity()) {
                bytes.truncate(before);
            }
        })
    }

    fn pay_dumped(&mut self, more: usize, held: usize) -> bool {
        self.pay(more as u64 * UNITS_PER_DUMPED_BYTE, held * HELD_PER_DUMPED_BYTE)
    }

    fn pay(&mut self, units: u64, held: usize) -> bool {
        if self.failure.is_none() {
            self.failure = self.charge(units, held).err();
        }
        self.failure.is_none()
    }

    fn charge(&mut self, units: u64, held: usize) -> Result<(), Throw> {
        let st = &mut *self.ctx.st;
        st.heap.meter.charge(units)?;
        if held <= self.held {
            st.heap.release(self.held - held);
            self.held = held;
            return Ok(());
        }
        st.allocate(|st| st.heap.hold(held - self.held))?;
        self.held = held;
        // What it holds may be about to be moved to where there is twice as much room; and other things grow meanwhile.
        probe(held.saturating_mul(2).saturating_add(held / 4)).map_err(|_| self.ctx.st.memory_error())
    }
}

impl Drop for Pieces<'_, '_> {
    fn drop(&mut self) {
        self.ctx.st.heap.release(self.held);
    }
}

impl fmt::Debug for Pieces<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("failure", &self.failure).finish_non_exhaustive()
    }
}

impl Source for &mut Pieces<'_, '_> {
    fn read(&mut self, text: &mut Vec<u8>) {
        if self.first.is_empty() { self.next(text) } else { text.append(&mut self.first) }
    }

    fn pay(&mut self, units: u64, held: usize) -> bool {
        Pieces::pay(self, units, held)
    }
}

/// Reads a chunk that is in memory.
fn pieces_of(chunk: &[u8]) -> impl FnMut(&mut Ctx<'_>, &mut Vec<u8>) -> Result<(), Throw> {
    let mut rest = chunk;
    move |ctx, text| {
        let (piece, more) = rest.split_at(rest.len().min(PIECE));
        rest = more;
        ctx.append_piece(text, piece)
    }
}

impl Ctx<'_> {
    /// Compiles a chunk and pushes its function; pushes the error message and returns `false` if that fails. `name` is
    /// in Lua's convention: `@file`, `=label` or the source itself. A chunk that begins with ESC is precompiled; it is refused
    /// unless the host allows them.
    pub(crate) fn load(&mut self, chunk: &[u8], name: &[u8]) -> Result<bool, Throw> {
        self.load_pieces(name, &mut pieces_of(chunk))
    }

    /// Likewise, without making it a function.
    pub(super) fn compile_whole(&mut self, chunk: &[u8], name: &[u8]) -> Result<Result<Arc<Proto>, Refusal>, Throw> {
        self.compile_pieces(name, &mut pieces_of(chunk))
    }

    /// Likewise, of a chunk that is read while it is compiled: never further than the compiler has to. What is thrown while
    /// reading is caught, too.
    pub(crate) fn load_pieces(&mut self, name: &[u8], read: ReadPiece<'_>) -> Result<bool, Throw> {
        self.st.native_safepoint()?;
        let top = self.top();
        let compiled = self.compile_pieces(name, read);
        self.set_top(top)?;
        match compiled {
            Ok(proto) => self.loaded(proto),
            Err(throw) => self.load_failed(throw),
        }
    }

    /// Compiles a chunk. What is thrown while it is read, or because it is too much, is on its way.
    pub(super) fn compile_pieces(
        &mut self,
        name: &[u8],
        read: ReadPiece<'_>,
    ) -> Result<Result<Arc<Proto>, Refusal>, Throw> {
        let mut pieces = Pieces { ctx: self, read, first: Vec::new(), failure: None, held: 0 };
        let mut first = Vec::new();
        // PUC looks at the first byte to see whether the chunk is precompiled, then begins to read: a reader that has
        // nothing at first is asked once more.
        pieces.next(&mut first);
        let proto = if first.first() == Some(&ESCAPE) {
            pieces.undump(first, name).map_err(Refusal::of_dump)
        } else {
            pieces.first = first;
            compile_from(Box::new(&mut pieces), name)
        };
        pieces.failure.map_or(Ok(proto), Err)
    }

    /// Appends to a chunk that is being read.
    pub(crate) fn append_piece(&mut self, text: &mut Vec<u8>, piece: &[u8]) -> Result<(), Throw> {
        self.room_for_piece(text, piece.len())?;
        text.extend_from_slice(piece);
        Ok(())
    }

    /// Makes room for more of a chunk that is being read.
    pub(crate) fn room_for_piece(&mut self, text: &mut Vec<u8>, more: usize) -> Result<(), Throw> {
        reserve(text, more).map_err(|_| self.st.memory_error())
    }

    fn loaded(&mut self, proto: Result<Arc<Proto>, Refusal>) -> Result<bool, Throw> {
        let thrown = match proto {
            Ok(proto) => match self.st.allocate(|st| st.instantiate(&proto)) {
                Ok(function) => return self.push(function).map(|()| true),
                Err(throw) => throw,
            },
            Err(refusal) if refusal.is_raised => self.st.throw_bytes(&refusal.error.message),
            Err(refusal) => return self.push_bytes(&refusal.error.message).map(|()| false),
        };
        self.load_failed(thrown)
    }

    /// Pushes what was thrown, after the message handler has seen it.
    fn load_failed(&mut self, thrown: Throw) -> Result<bool, Throw> {
        if thrown == Throw::Stop {
            return Err(thrown);
        }
        self.st.handle_here()?;
        let value = self.st.take_thrown();
        self.push(value).map(|()| false)
    }
}

impl State {
    /// A closure of a main function.
    pub(crate) fn instantiate(&mut self, proto: &Arc<Proto>) -> Result<TValue, AllocError> {
        let name = Arc::new(self.heap.hold_while(proto.source.len())?);
        let object = self.load_proto(proto, &name)?;
        let env = self.thread.globals.get();
        let count = proto.upvalues.len();
        let function = self.heap.lua_function(object, env, count)?;
        for index in 0..count {
            let upvalue = self.heap.closed_upvalue(TValue::NIL)?;
            // SAFETY: in bounds of the closure just made, which is as white as the upvalue.
            unsafe { *function.upvalue_slot(index) = Some(upvalue) };
        }
        Ok(function.closure().into())
    }

    /// Makes a prototype and all nested ones heap objects. Nothing collects meanwhile, so none needs a root.
    fn load_proto(&mut self, proto: &Arc<Proto>, name: &Arc<Held>) -> Result<Gc<FunctionProto>, AllocError> {
        // The functions may be many.
        self.heap.meter.look()?;
        self.heap.check_room(proto.size())?;
        probe(proto.size())?;
        let (mut constants, mut children) = (Vec::new(), Vec::new());
        reserve(&mut constants, proto.constants.len())?;
        reserve(&mut children, proto.constants.len())?;
        for constant in &proto.constants {
            let mut child = None;
            constants.push(match constant {
                Constant::Nil => TValue::NIL,
                Constant::Boolean(b) => TValue::boolean(*b),
                Constant::Number(n) => TValue::number(*n),
                Constant::String(bytes) => self.heap.string(bytes)?.into(),
                // Nesting is bounded by the compiler, and by the verifier of precompiled chunks.
                Constant::Function(function) => {
                    child = Some(self.load_proto(function, name)?);
                    TValue::NIL
                }
            });
            children.push(child);
        }
        let detail = ProtoDetail {
            proto: Arc::clone(proto),
            constants: constants.into(),
            children: children.into(),
            lowered: RefCell::new(None),
            name: Arc::clone(name),
            templates: RefCell::new(Vec::new()),
        };
        self.heap.proto(detail, LOWER_STUB.0.as_ptr())
    }
}
