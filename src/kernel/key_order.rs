//! In which order `next` and `pairs` come by the keys of a table that are strings.
#![forbid(unsafe_code)]

/// In which order `next` and `pairs` come by string keys. Numbers and booleans always have PUC's order, as long as
/// no key of the table is a string or an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrder {
    /// Another order in each machine: strings are hashed with a random seed, so that nobody can prepare keys that collide.
    #[default]
    Random,
    /// The order that this seed gives, the same in every machine of this version. Whoever knows the seed can prepare
    /// keys that collide.
    Seeded(u64),
    /// The order that PUC-Rio Lua 5.1.5 has on 64-bit Linux. Anybody can prepare keys that collide, even without
    /// trying: of a long string only every second, third or further byte is hashed.
    Puc,
}

/// The hash of a string in PUC-Rio Lua 5.1: at most 32 bytes of it, evenly spread, from the last one down.
pub(crate) fn puc_hash(bytes: &[u8]) -> u32 {
    let step = (bytes.len() >> 5) + 1;
    let mut hash = bytes.len() as u32;
    let mut rest = bytes.len();
    while rest >= step {
        let mixed = (hash << 5).wrapping_add(hash >> 2).wrapping_add(u32::from(bytes[rest - 1]));
        hash ^= mixed;
        rest -= step;
    }
    hash
}
