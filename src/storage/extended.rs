//! Sums of decimal fractions as a Redis server makes them on x86-64: in its C compiler's `long double`, 64 bits of mantissa,
//! printed with 17 decimals.
//!
//! Numbers are integers, scaled by [`SCALE`]. Rounding is to the nearest, ties to even, as the processor does it.

/// The scale: 17 decimals.
pub(super) const DECIMALS: u32 = 17;
const SCALE: u128 = 10_u128.pow(DECIMALS);
/// The largest magnitude that is taken.
pub(super) const LARGEST: u128 = 10_u128.pow(37);

/// `mantissa * 2^exponent`; the mantissa's highest bit is set, unless it is 0.
#[derive(Clone, Copy)]
struct Extended {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// A quotient, rounded to the nearest.
fn divide(dividend: u128, divisor: u128) -> u128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    let up = match rest.cmp(&(divisor - rest)) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => quotient & 1,
        std::cmp::Ordering::Greater => 1,
    };
    quotient + up
}

impl Extended {
    /// `magnitude * 2^exponent`, rounded.
    fn rounded(negative: bool, magnitude: u128, exponent: i32) -> Extended {
        let excess = 64_i32 - magnitude.leading_zeros() as i32;
        let (magnitude, exponent) = match excess {
            1.. => (divide(magnitude, 1 << excess), exponent + excess),
            _ if magnitude == 0 => (0, 0),
            _ => (magnitude << -excess, exponent + excess),
        };
        match u64::try_from(magnitude) {
            Ok(mantissa) => Extended { negative, mantissa, exponent },
            // Rounding has made it a power of two.
            Err(_) => Extended { negative, mantissa: 1 << 63, exponent: exponent + 1 },
        }
    }

    fn from_scaled(scaled: i128) -> Extended {
        let magnitude = scaled.unsigned_abs();
        // So many bits that the quotient has 64 or 65, of which the last is half of a unit; what is below it is kept as a bit.
        let bits = |n: u128| 128 - n.leading_zeros() as i32;
        let shift = 66 + bits(SCALE) - bits(magnitude.max(1));
        let shift = shift.clamp(-63, 127 - bits(magnitude.max(1)));
        let (dividend, divisor) = if shift >= 0 { (magnitude << shift, SCALE) } else { (magnitude, SCALE << -shift) };
        let sticky = u128::from(dividend % divisor != 0);
        Extended::rounded(scaled < 0, (dividend / divisor) << 1 | sticky, -shift - 1)
    }

    fn to_scaled(self) -> i128 {
        let product = u128::from(self.mantissa) * SCALE;
        let magnitude = match self.exponent {
            exponent @ 0.. => product << exponent.min(6),
            exponent if exponent > -127 => divide(product, 1 << -exponent),
            _ => 0,
        };
        let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
        if self.negative { -magnitude } else { magnitude }
    }

    fn plus(self, other: Extended) -> Extended {
        if self.mantissa == 0 || other.mantissa == 0 {
            return if self.mantissa == 0 { other } else { self };
        }
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let large_bits = u128::from(large.mantissa) << 62;
        let distance = large.exponent.abs_diff(small.exponent);
        let small_bits = u128::from(small.mantissa) << 62;
        let shifted = small_bits.checked_shr(distance).unwrap_or(0);
        // What is shifted out still decides a tie.
        let lost = shifted.checked_shl(distance).unwrap_or(0) != small_bits;
        let shifted = shifted | u128::from(lost);
        let exponent = large.exponent - 62;
        if large.negative == small.negative {
            Extended::rounded(large.negative, large_bits + shifted, exponent)
        } else if large_bits >= shifted {
            Extended::rounded(large.negative, large_bits - shifted, exponent)
        } else {
            Extended::rounded(small.negative, shifted - large_bits, exponent)
        }
    }
}

/// The sum of two scaled numbers, each at most [`LARGEST`].
pub(super) fn sum(left: i128, right: i128) -> i128 {
    Extended::from_scaled(left).plus(Extended::from_scaled(right)).to_scaled()
}
