//! Which scripts a percentage takes: a hash of seed, script and opcode.
//!
//! The hash is FNV-1a over 64 bits, finished by the mixer of SplitMix64, whose output is uniform although FNV's high bits
//! hardly change with the last bytes. It is a part of the router's contract: the same seed takes the same scripts in
//! each run, each version and on each machine, or a report could not be replayed.

use crate::bytecode::OpCode;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// A number from 0 up to, but not including, 100. A rule for `p` percent holds where it is below `p`, so that what a
/// smaller percentage takes, a greater one takes too.
pub(super) fn draw(seed: u64, script: &[u8], opcode: OpCode) -> f64 {
    let bytes = seed.to_le_bytes().into_iter().chain(opcode.name().bytes()).chain([0]).chain(script.iter().copied());
    let hash = bytes.fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
    // The 53 bits that a double holds exactly.
    (mix(hash) >> 11) as f64 / (1_u64 << 53) as f64 * 100.0
}

/// SplitMix64's output function.
pub(super) fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
