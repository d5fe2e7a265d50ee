//! The names that the router's texts use, and the groups that Cargo features pin to the core.
//!
//! Opcodes are written in capitals and groups in small letters. Where a word is both (`call`, `closure`), that is what
//! tells them apart.

use crate::bytecode::{Group, OpCode};

/// The opcodes that have a route: all but EXTRAARG, which is a part of SETLIST.
pub fn routable() -> impl Iterator<Item = OpCode> {
    OpCode::ALL.iter().copied().filter(|&opcode| opcode != OpCode::ExtraArg)
}

/// Every group, in the order in which the opcode table first names them.
pub fn groups() -> Vec<Group> {
    let mut groups = Vec::new();
    for group in routable().map(OpCode::group) {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

macro_rules! groups {
    ($($variant:ident $name:literal $pin:literal)*) => {
        /// A group's name, in small letters.
        pub fn group_name(group: Group) -> &'static str {
            match group { $(Group::$variant => $name,)* }
        }

        /// The Cargo feature that pins a group to the core.
        pub fn pin_feature(group: Group) -> &'static str {
            match group { $(Group::$variant => $pin,)* }
        }

        /// Whether this build pins a group to the core: none of its opcodes has another route, whatever is asked for.
        pub fn pinned(group: Group) -> bool {
            match group { $(Group::$variant => cfg!(feature = $pin),)* }
        }
    };
}

groups! {
    Load "load" "pin-load"
    Upvalue "upvalue" "pin-upvalue"
    Global "global" "pin-global"
    Table "table" "pin-table"
    Arith "arith" "pin-arith"
    String "string" "pin-string"
    Compare "compare" "pin-compare"
    Jump "jump" "pin-jump"
    Call "call" "pin-call"
    Loop "loop" "pin-loop"
    Closure "closure" "pin-closure"
}

/// The opcode with this PUC name, in letters of any case.
pub fn opcode_named(name: &str) -> Option<OpCode> {
    OpCode::ALL.iter().copied().find(|opcode| opcode.name().eq_ignore_ascii_case(name))
}

/// The group with this name. A word in capitals is never one.
pub(super) fn group_named(name: &str) -> Option<Group> {
    groups().into_iter().find(|&group| group_name(group) == name)
}
