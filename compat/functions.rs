//! Functions of the old API and functions of the core: each is made from the other here.
//!
//! A hand-made function is verified before the core gets it. Its upvalues are the core's, and the side structure's copies are kept in
//! step with them: stored through to the core when a transaction sets them, read back when a transaction reads them, and when an
//! execution of that function ends. The upvalues of a program's own function are reached the same way.

use std::sync::Arc;

use super::error::{InOldWords, LuaError, LuaResult};
use super::handle::{ClosureHandle, FunctionProtoHandle, Numbers, UpvalueHandle};
use super::heap::LuaHeap;
use super::side::Captured;
use super::value::{Closure, FunctionProto, Upvalue, UpvalueInfo, Value};
use crate::bytecode::verify::{MAX_DEPTH, verify};
use crate::bytecode::{Constant, Instruction, Proto, UpvalueDesc, VarargFlags, dump};
use crate::{CallError, FunctionHandle, LuaVM as Core};

/// What code that came through the old API is called in messages.
const SOURCE: &[u8] = b"=?";

/// Functions in one that is put together by hand. A prototype that is named twice counts twice, and doubles with each level.
const MAX_FUNCTIONS: usize = 1 << 16;

/// The fields of a function, from which the core's form is made.
pub(super) struct Parts<'a> {
    pub(super) bytecode: &'a [u32],
    pub(super) constants: Vec<Constant>,
    pub(super) num_params: u8,
    pub(super) is_vararg: bool,
    pub(super) max_stack_size: u8,
    pub(super) upvalues: Vec<UpvalueDesc>,
    pub(super) source: Arc<[u8]>,
}

impl Parts<'_> {
    /// Not verified yet.
    pub(super) fn into_proto(self) -> Proto {
        let max_stack_size = self.max_stack_size.max(2);
        Proto {
            source: self.source,
            line_defined: 0,
            last_line_defined: 0,
            code: self.bytecode.iter().map(|&word| Instruction(word)).collect(),
            lines: Vec::new(),
            constants: self.constants,
            upvalues: self.upvalues,
            locals: Vec::new(),
            num_params: self.num_params,
            vararg: VarargFlags { is_vararg: self.is_vararg, ..VarargFlags::default() },
            max_stack_size,
            clean_registers: max_stack_size,
        }
    }
}

/// A number as a constant: there is one NaN.
pub(super) fn number_constant(n: f64) -> Constant {
    Constant::Number(if n.is_nan() { f64::NAN } else { n })
}

/// Checks a function made from parts.
pub(super) fn verified(proto: Proto) -> LuaResult<Arc<Proto>> {
    match verify(&proto) {
        Ok(()) => Ok(Arc::new(proto)),
        Err(error) => Err(LuaError::CompileError(format!("invalid bytecode: {error}"))),
    }
}

/// A function of the core from a compiled one, whose upvalues are nil.
pub(super) fn instantiate(core: &mut Core, proto: &Arc<Proto>) -> LuaResult<FunctionHandle> {
    match core.enter(|ctx| Ok(ctx.create_compiled(proto))).in_old_words()? {
        Ok(function) => Ok(function),
        Err(crate::vm::Fail::Error(error)) => Err(LuaError::from_core(error)),
        Err(crate::vm::Fail::Throw(_)) => Err(LuaError::OutOfMemory),
    }
}

impl LuaHeap {
    /// A function of the core from a prototype of the old API.
    pub(super) fn instantiate_proto(&mut self, proto: &FunctionProto) -> LuaResult<ClosureHandle> {
        let proto = verified(self.core_proto(proto, 0, &mut 0)?)?;
        let function = instantiate(&mut self.core, &proto)?;
        self.pin_core(function.into());
        Ok(function.into())
    }

    fn core_proto(&mut self, proto: &FunctionProto, depth: usize, made: &mut usize) -> LuaResult<Proto> {
        if depth > MAX_DEPTH {
            return Err(LuaError::CompileError("invalid bytecode: functions nest too deep".to_owned()));
        }
        *made += 1;
        if *made > MAX_FUNCTIONS {
            return Err(LuaError::CompileError(format!("invalid bytecode: more than {MAX_FUNCTIONS} functions")));
        }
        let mut constants = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            constants.push(match constant {
                Value::Nil => Constant::Nil,
                Value::Boolean(b) => Constant::Boolean(*b),
                Value::Number(n) => number_constant(*n),
                Value::String(handle) => {
                    let bytes = self.core.string_bytes((*handle).into()).ok_or(LuaError::InvalidHandle)?;
                    Constant::String(bytes.into())
                }
                Value::FunctionProto(handle) => {
                    let nested = self.proto(*handle)?.clone();
                    Constant::Function(Arc::new(self.core_proto(&nested, depth + 1, made)?))
                }
                other => {
                    let message = format!("a {} cannot be a constant", other.type_name());
                    return Err(LuaError::CompileError(message));
                }
            });
        }
        let describe = |info: &UpvalueInfo| UpvalueDesc { name: [].into(), in_stack: info.in_stack, index: info.index };
        let parts = Parts {
            bytecode: &proto.bytecode,
            constants,
            num_params: proto.num_params,
            is_vararg: proto.is_vararg,
            max_stack_size: proto.max_stack_size,
            upvalues: proto.upvalues.iter().map(describe).collect(),
            source: SOURCE.into(),
        };
        Ok(parts.into_proto())
    }

    /// A prototype of the old API from the core's, with those nested in it.
    pub(super) fn old_proto(&mut self, proto: &Proto) -> LuaResult<FunctionProto> {
        let mut constants = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            constants.push(match constant {
                Constant::Nil => Value::Nil,
                Constant::Boolean(b) => Value::Boolean(*b),
                Constant::Number(n) => Value::Number(*n),
                Constant::String(bytes) => Value::String(self.create_string(bytes)?),
                Constant::Function(nested) => {
                    // Nesting is bounded by the compiler and the verifier.
                    let nested = self.old_proto(nested)?;
                    Value::FunctionProto(self.create_proto(nested))
                }
            });
        }
        Ok(FunctionProto {
            bytecode: proto.code.iter().map(|word| word.0).collect(),
            constants,
            num_params: proto.num_params,
            is_vararg: proto.vararg.is_vararg,
            max_stack_size: proto.max_stack_size,
            upvalues: proto
                .upvalues
                .iter()
                .map(|upvalue| UpvalueInfo { in_stack: upvalue.in_stack, index: upvalue.index })
                .collect(),
        })
    }

    pub(super) fn create_closure(&mut self, closure: Closure) -> LuaResult<ClosureHandle> {
        let handle = match self.instantiate_proto(&closure.proto) {
            Ok(handle) => handle,
            Err(LuaError::CompileError(message)) => self.failing_function(message)?,
            Err(error) => return Err(error),
        };
        for (place, &upvalue) in closure.upvalues.iter().enumerate() {
            if place < closure.proto.upvalues.len() {
                let value = self.upvalue_value(upvalue)?;
                self.captured(upvalue)?.links.push((handle.into(), place + 1));
                self.store_in_link((handle.into(), place + 1), &value)?;
            }
        }
        self.side_mut().closures.insert(handle.key(), closure);
        Ok(handle)
    }

    /// A function that fails when it is called: what it should do cannot be done.
    fn failing_function(&mut self, message: String) -> LuaResult<ClosureHandle> {
        let function = self.core.create_function(move |_| Err(CallError::new(&message))).in_old_words()?;
        self.pin_core(function.into());
        Ok(function.into())
    }

    /// A function of a program, as the old API shows it.
    pub(super) fn describe_closure(&mut self, closure: ClosureHandle) -> LuaResult<Closure> {
        let function = FunctionHandle::from(closure);
        let nothing = || FunctionProto {
            bytecode: Vec::new(),
            constants: Vec::new(),
            num_params: 0,
            is_vararg: true,
            max_stack_size: 0,
            upvalues: Vec::new(),
        };
        // A function of the library cannot be dumped.
        let Ok(text) = self.call_library("string.dump", &[function.into()]) else {
            return Ok(Closure { proto: nothing(), upvalues: Vec::new() });
        };
        let bytes = text.first().and_then(|value| value.as_string()).and_then(|text| self.core.string_bytes(text));
        let proto = match bytes.map(dump::undump) {
            Some(Ok(proto)) => proto,
            Some(Err(error)) => return Err(LuaError::InternalError(error.to_string())),
            None => return Err(LuaError::InternalError("a dump is no string".to_owned())),
        };
        let mut upvalues = Vec::with_capacity(proto.upvalues.len());
        for place in 1..=proto.upvalues.len() {
            let captured =
                Captured { upvalue: Upvalue { stack_index: None, value: None }, links: vec![(function, place)] };
            let upvalue = UpvalueHandle(self.side_mut().upvalues.insert(captured).cast());
            self.load_from_link(upvalue)?;
            upvalues.push(upvalue);
        }
        Ok(Closure { proto: self.old_proto(&proto)?, upvalues })
    }

    /// Calls a function of the library as it was when the machine was made.
    pub(super) fn call_library(&mut self, name: &str, args: &[crate::Value]) -> LuaResult<Vec<crate::Value>> {
        let function = self.side_mut().library.get(name).copied();
        let function = function.ok_or_else(|| LuaError::UndefinedGlobal(name.to_owned()))?;
        self.call_core(function.into(), args)
    }

    /// What an upvalue holds now.
    fn upvalue_value(&mut self, upvalue: UpvalueHandle) -> LuaResult<Value> {
        self.load_from_link(upvalue)?;
        let captured = self.captured(upvalue)?;
        Ok(match (captured.upvalue.stack_index, &captured.upvalue.value) {
            (None, value) => value.clone().unwrap_or(Value::Nil),
            (Some(index), _) => {
                let threads = &self.side_mut().threads;
                let owner = threads.values().find(|thread| thread.open_upvalues.contains(&upvalue));
                owner.and_then(|thread| thread.stack.get(index)).cloned().unwrap_or(Value::Nil)
            }
        })
    }

    /// Brings a closed upvalue up to date with the function it belongs to.
    pub(super) fn load_from_link(&mut self, upvalue: UpvalueHandle) -> LuaResult<()> {
        let captured = self.captured(upvalue)?;
        if captured.upvalue.stack_index.is_some() {
            return Ok(());
        }
        let Some(&(function, place)) = captured.links.first() else { return Ok(()) };
        let value = self.load_link((function, place))?;
        self.captured(upvalue)?.upvalue.value = Some(value);
        Ok(())
    }

    fn load_link(&mut self, (function, place): (FunctionHandle, usize)) -> LuaResult<Value> {
        let args = [function.into(), crate::Value::Number(place as f64)];
        let results = self.call_library("debug.getupvalue", &args)?;
        Ok(self.export(results.get(1).copied().unwrap_or_default()))
    }

    fn store_in_link(&mut self, (function, place): (FunctionHandle, usize), value: &Value) -> LuaResult<()> {
        let value = self.import(value)?;
        self.call_library("debug.setupvalue", &[function.into(), crate::Value::Number(place as f64), value])?;
        Ok(())
    }

    /// Stores an upvalue's value in all functions it belongs to.
    pub(super) fn store_in_links(&mut self, upvalue: UpvalueHandle, value: &Value) -> LuaResult<()> {
        let links = self.captured(upvalue)?.links.clone();
        links.into_iter().try_for_each(|link| self.store_in_link(link, value))
    }

    /// After an execution of a hand-made function: its upvalues are those of whatever shares them.
    pub(super) fn share_upvalues(&mut self, closure: ClosureHandle) -> LuaResult<()> {
        let Some(made) = self.side_mut().closures.get(&closure.key()) else { return Ok(()) };
        for (place, upvalue) in made.upvalues.clone().into_iter().enumerate() {
            let link = (FunctionHandle::from(closure), place + 1);
            let captured = self.captured(upvalue)?;
            if !captured.links.contains(&link) {
                continue;
            }
            let (shared, open) = (captured.links.len() > 1, captured.upvalue.stack_index);
            if !shared && open.is_none() {
                continue;
            }
            let value = self.load_link(link)?;
            self.store_in_links(upvalue, &value)?;
            match open {
                None => self.captured(upvalue)?.upvalue.value = Some(value),
                Some(index) => {
                    let threads = self.side_mut().threads.values_mut();
                    let mut owners = threads.filter(|thread| thread.open_upvalues.contains(&upvalue));
                    if let Some(place) = owners.next().and_then(|thread| thread.stack.get_mut(index)) {
                        *place = value;
                    }
                }
            }
        }
        Ok(())
    }

    /// The prototype, as a function without upvalues that can be called.
    pub(super) fn function_of_proto(&mut self, proto: FunctionProtoHandle) -> LuaResult<ClosureHandle> {
        let proto = self.proto(proto)?.clone();
        self.instantiate_proto(&proto)
    }
}
