//! Changing a machine's routes while it lives.
//!
//! A change takes effect when code is lowered anew: at once if the machine's host makes it, and at the next safepoint (a call, or a
//! jump back) if it comes from another thread, or out of the middle of an instruction.

#![cfg_attr(not(feature = "compat"), allow(dead_code, reason = "the bridge alone uses it"))]

use std::sync::atomic::Ordering;

use super::foreign::{Foreign, Routing};
use super::limits::interrupt;
use super::lower::Lowering;
use super::machine::LuaVM;
use super::state::State;
use crate::bytecode::OpCode;
use crate::router::{KillSwitch, OpPolicy};

impl State {
    /// The policy has changed, or what stands above it.
    pub(super) fn reroute(&mut self) {
        let Some(routing) = &mut self.routing else { return };
        routing.killed = routing.switch.as_ref().is_some_and(KillSwitch::is_tripped);
        routing.version = routing.version.wrapping_add(1).max(1);
        let routes = if routing.killed || !routing.policy.is_all_core() { routing.version } else { 0 };
        self.set_lowering(Lowering { routes, ..self.lowering });
    }

    /// An opcode goes back to its old handler, from the next safepoint on.
    pub(super) fn retreat(&mut self, opcode: OpCode) {
        let Some(routing) = &mut self.routing else { return };
        routing.policy.open_breaker(opcode);
        self.interrupt.fetch_or(interrupt::ROUTES, Ordering::Relaxed);
    }
}

impl LuaVM {
    /// Routes instructions by a policy. The handlers are asked for if the machine has none yet.
    pub(crate) fn route(&mut self, policy: OpPolicy, handlers: impl FnOnce() -> Box<dyn Foreign>) {
        match &mut self.state.routing {
            Some(routing) => routing.policy = policy,
            routing => *routing = Some(Routing::new(policy, handlers())),
        }
        self.state.reroute();
    }

    /// What routes instructions at present.
    pub(crate) fn routing(&self) -> Option<&Routing> {
        self.state.routing.as_deref()
    }

    pub(crate) fn routing_mut(&mut self) -> Option<&mut Routing> {
        self.state.routing.as_deref_mut()
    }

    /// Obeys a kill switch: once it is tripped, everything goes back to the old handlers at the next safepoint.
    pub(crate) fn obey(&mut self, switch: &KillSwitch) {
        switch.wake(&self.state.interrupt, interrupt::ROUTES);
        if let Some(routing) = &mut self.state.routing {
            routing.switch = Some(switch.clone());
        }
        self.state.reroute();
    }

    /// Makes the core get an opcode wrong from now on.
    pub(crate) fn plant_fault(&mut self, opcode: Option<OpCode>) {
        let lowering = Lowering { fault: opcode, ..self.state.lowering };
        self.state.set_lowering(lowering);
    }
}
