//! What an instruction costs besides the units that its function and its loops pay for, where an old handler executes it.
//!
//! Handlers know nothing of the meter. So the machine pays before a handler begins, for the same work and in the same order as
//! the core's own words, which pay on their way: a program stops at the same place on every route.

use super::call::FEW;
use super::native::Throw;
use super::state::State;
use crate::arena::TValue;
use crate::arena::string::MAX_SHORT;
use crate::bytecode::{Instruction, OpCode};
use crate::kernel::number::write_number;

impl State {
    /// Pays for the instruction of the innermost frame that a handler is about to execute.
    pub(super) fn pay_for_step(&mut self, i: Instruction) -> Result<(), Throw> {
        match i.opcode() {
            OpCode::GetGlobal | OpCode::SetGlobal => {
                let name = self.constant_of_function(i.bx());
                self.pay_key(name)
            }
            OpCode::GetTable | OpCode::Self_ => {
                let key = self.operand(i.c());
                self.pay_key(key)
            }
            OpCode::SetTable => {
                let key = self.operand(i.b());
                self.pay_key(key)
            }
            OpCode::Add | OpCode::Sub | OpCode::Mul | OpCode::Div | OpCode::Mod | OpCode::Pow => {
                self.pay_conversion(i.b())?;
                self.pay_conversion(i.c())
            }
            OpCode::Unm => {
                self.pay_conversion(i.b())?;
                self.pay_conversion(i.b())
            }
            OpCode::ForPrep => self.pay_loop(i.a()),
            OpCode::Eq | OpCode::Lt | OpCode::Le => self.pay_comparison(i),
            OpCode::Concat => self.pay_joining(i.b(), i.c()),
            OpCode::SetList => {
                let count = match i.b() {
                    0 => self.open_values(i.a() + 1),
                    count => count as usize,
                };
                Ok(self.heap.meter.charge_values(count)?)
            }
            OpCode::VarArg if i.b() == 0 => {
                let count = self.varargs(self.frame).1;
                if count > FEW {
                    self.heap.meter.charge_values(count)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether what a handler reads for this instruction is all that is read: a store searches for its key, too, and the core reads
    /// nothing before it in a table without a metatable.
    pub(super) fn pays_for_reading(&self, i: Instruction) -> bool {
        let object = match i.opcode() {
            OpCode::SetTable => self.foreign_register(i.a() as usize).as_table(),
            OpCode::SetGlobal => self.lua_function().map(|function| function.closure().env.get()),
            _ => return true,
        };
        object.is_some_and(|table| table.metatable.get().is_some())
    }

    /// A constant of the running Lua function.
    fn constant_of_function(&self, index: u32) -> TValue {
        let constant =
            self.lua_function().and_then(|function| function.proto.detail.constants.get(index as usize).copied());
        constant.unwrap_or(TValue::NIL)
    }

    /// The value of an `RK` operand.
    fn operand(&self, operand: u32) -> TValue {
        match Instruction::constant_of(operand) {
            Some(index) => self.constant_of_function(index),
            None => self.foreign_register(operand as usize),
        }
    }

    fn pay_conversion(&mut self, operand: u32) -> Result<(), Throw> {
        let value = self.operand(operand);
        self.coerce(value).map(|_| ())
    }

    /// The control values of a loop are converted up to the first that is no number.
    fn pay_loop(&mut self, first: u32) -> Result<(), Throw> {
        for register in first..first + 3 {
            let value = self.foreign_register(register as usize);
            if self.coerce(value)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn pay_comparison(&mut self, i: Instruction) -> Result<(), Throw> {
        if Instruction::constant_of(i.b()).is_some() && Instruction::constant_of(i.c()).is_some() {
            // Known when it is lowered.
            return Ok(());
        }
        let (left, right) = (self.operand(i.b()), self.operand(i.c()));
        if i.opcode() == OpCode::Eq {
            self.same_value(left, right)?;
        } else if let (Some(left), Some(right)) = (left.as_string(), right.as_string()) {
            self.heap.meter.compare(left.bytes(), right.bytes())?;
        }
        Ok(())
    }

    /// The operands of a concatenation, from the right, are joined up to the first that a metamethod is needed for. What is left is
    /// the core's business.
    fn pay_joining(&mut self, first: u32, last: u32) -> Result<(), Throw> {
        let (mut count, mut length) = (0, 0);
        for register in (first..=last).rev() {
            let value = self.foreign_register(register as usize);
            if let Some(string) = value.as_string() {
                length += string.len();
            } else if let Some(n) = value.as_number() {
                let mut text = self.take_buffer();
                write_number(&mut text, n);
                length += text.len();
                self.give_buffer(text);
            } else {
                break;
            }
            count += 1;
        }
        if count > 1 {
            // For joining, and for the string.
            self.heap.meter.charge_bytes(length)?;
            if length > MAX_SHORT {
                self.heap.meter.charge_bytes(length)?;
            }
        }
        Ok(())
    }

    /// How many open values there are from a register on.
    fn open_values(&self, first: u32) -> usize {
        let first = self.current().base.wrapping_add(first as usize);
        (self.top as usize).saturating_sub(first as usize) / size_of::<TValue>()
    }
}
