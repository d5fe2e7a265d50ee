//! Loading: from source or a precompiled chunk to a function on the heap.

use std::cell::RefCell;
use std::sync::Arc;

use super::lower::LOWER_STUB;
use super::state::State;
use crate::arena::{AllocError, FunctionProto, Gc, ProtoDetail, TValue};
use crate::bytecode::{Constant, Proto};
use crate::compiler::compile;

const ESCAPE: u8 = 0x1b;

impl State {
    /// A chunk as a function without upvalues, in the running thread's environment; or the error message.
    pub(crate) fn load(&mut self, chunk: &[u8], name: &[u8]) -> Result<TValue, Vec<u8>> {
        let proto = if chunk.first() == Some(&ESCAPE) {
            self.load_precompiled(chunk, name)?
        } else {
            compile(chunk, name).map_err(|error| error.message)?
        };
        self.with_room(|st| st.instantiate(&proto)).map_err(|AllocError| b"not enough memory".to_vec())
    }

    fn load_precompiled(&self, chunk: &[u8], name: &[u8]) -> Result<Arc<Proto>, Vec<u8>> {
        let fail = |reason: &str| {
            let mut message = super::debug::short_source(name);
            message.extend_from_slice(format!(": {reason}").as_bytes());
            message
        };
        if !self.allow_bytecode {
            return Err(fail("precompiled chunks are not allowed (the host, or --allow-bytecode, can allow them)"));
        }
        crate::bytecode::dump::undump(chunk).map_err(|error| fail(&error.to_string()))
    }

    /// A closure of a main function.
    pub(crate) fn instantiate(&mut self, proto: &Arc<Proto>) -> Result<TValue, AllocError> {
        let object = self.load_proto(proto)?;
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
    fn load_proto(&mut self, proto: &Arc<Proto>) -> Result<Gc<FunctionProto>, AllocError> {
        let mut constants = Vec::with_capacity(proto.constants.len());
        let mut children = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            let mut child = None;
            constants.push(match constant {
                Constant::Nil => TValue::NIL,
                Constant::Boolean(b) => TValue::boolean(*b),
                Constant::Number(n) => TValue::number(*n),
                Constant::String(bytes) => self.heap.string(bytes)?.into(),
                // Nesting is bounded by the compiler, and by the verifier of precompiled chunks.
                Constant::Function(function) => {
                    child = Some(self.load_proto(function)?);
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
            templates: RefCell::new(Vec::new()),
        };
        self.heap.proto(detail, LOWER_STUB.0.as_ptr())
    }
}
