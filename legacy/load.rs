//! Loading: from a chunk to a function of the heap.

use std::sync::Arc;

use super::native::Failure;
use super::value::{Closure, Upvalue, Value};
use super::vm::LuaVM;
use crate::bytecode::Proto;
use crate::bytecode::dump::{NOT_ALLOWED, dump_message, undump_pieces};

/// The first byte of precompiled chunks.
const ESCAPE: u8 = 0x1b;

impl LuaVM {
    /// A chunk as a function, whose globals are the running thread's; or the message of what is wrong with the chunk.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn load(&mut self, chunk: &[u8], name: &[u8]) -> Result<Result<Value, Vec<u8>>, Failure> {
        let proto = if chunk.first() == Some(&ESCAPE) {
            self.load_precompiled(chunk, name)
        } else {
            crate::compiler::compile(chunk, name).map_err(|error| error.message)
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

    fn load_precompiled(&self, chunk: &[u8], name: &[u8]) -> Result<Arc<Proto>, Vec<u8>> {
        if !self.allow_bytecode {
            return Err(dump_message(name, NOT_ALLOWED));
        }
        undump_pieces(chunk.into(), name, &mut |_| {})
    }
}
