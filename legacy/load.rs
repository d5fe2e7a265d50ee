//! Loading: from a chunk to a function of the heap.

use std::sync::Arc;

use super::error::LuaResult;
use super::native::Failure;
use super::value::{Closure, Upvalue, Value};
use super::vm::LuaVM;
use crate::bytecode::Proto;
use crate::bytecode::dump::{NOT_ALLOWED, UNITS_PER_DUMPED_BYTE, dump_message, undump_pieces};
use crate::compiler::compile_from;
use crate::syntax::{Source, Whole};

/// The first byte of precompiled chunks.
const ESCAPE: u8 = 0x1b;

/// A text that a program has compiled: the program pays for the work, and what the front end holds has to fit into the memory
/// that is left.
#[derive(Debug)]
struct Paid<'s, 'm> {
    text: Whole<'s>,
    vm: &'m mut LuaVM,
    failure: LuaResult<()>,
}

impl Source for &mut Paid<'_, '_> {
    fn read(&mut self, text: &mut Vec<u8>) {
        if self.failure.is_ok() {
            self.text.read(text);
        }
    }

    fn pay(&mut self, units: u64, held: usize) -> bool {
        if self.failure.is_ok() {
            self.failure = self.vm.limits.charge(units).and_then(|()| self.vm.heap.check_memory(held));
        }
        self.failure.is_ok()
    }
}

impl LuaVM {
    /// A chunk as a function, whose globals are the running thread's; or the message of what is wrong with the chunk.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn load(&mut self, chunk: &[u8], name: &[u8]) -> Result<Result<Value, Vec<u8>>, Failure> {
        let proto = if chunk.first() == Some(&ESCAPE) {
            self.load_precompiled(chunk, name)?
        } else {
            self.compile(chunk, name)?
        };
        match proto {
            Ok(proto) => self.instantiate(&proto).map(Ok),
            Err(message) => Ok(Err(message)),
        }
    }

    /// A compiled main function as a function, whose globals are the running thread's.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn instantiate(&mut self, proto: &Arc<Proto>) -> Result<Value, Failure> {
        let environment = self.running()?.environment;
        let handle = self.heap.load_proto(proto)?;
        let mut tx = self.transaction();
        let mut upvalues = Vec::with_capacity(proto.upvalues.len());
        for _ in &proto.upvalues {
            upvalues.push(tx.create_upvalue(Upvalue::Closed(Value::Nil))?);
        }
        let closure = tx.create_closure(Closure { proto: handle, upvalues, environment })?;
        tx.commit()?;
        Ok(Value::Closure(closure))
    }

    fn compile(&mut self, chunk: &[u8], name: &[u8]) -> LuaResult<Result<Arc<Proto>, Vec<u8>>> {
        let mut source = Paid { text: Whole(chunk), vm: self, failure: Ok(()) };
        let compiled = compile_from(Box::new(&mut source), name);
        source.failure.map(|()| compiled.map_err(|refusal| refusal.error.message))
    }

    fn load_precompiled(&mut self, chunk: &[u8], name: &[u8]) -> LuaResult<Result<Arc<Proto>, Vec<u8>>> {
        if !self.allow_bytecode {
            return Ok(Err(dump_message(name, NOT_ALLOWED)));
        }
        self.limits.charge(chunk.len() as u64 * UNITS_PER_DUMPED_BYTE)?;
        Ok(undump_pieces(chunk.into(), name, &mut |_| {}))
    }
}
