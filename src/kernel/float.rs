//! C's `frexp` and `ldexp`, which std does not have: exact by construction.

/// C's `frexp`: `x == m * 2^e` with `m` in [0.5, 1).
pub(crate) fn split_float(x: f64) -> (f64, i32) {
    const EXPONENT: u64 = 0x7ff << 52;
    const HALF: u64 = 0x3fe << 52;
    if x == 0.0 || !x.is_finite() {
        // A signalling NaN becomes quiet, as any arithmetic makes it.
        return (x + x, 0);
    }
    // A subnormal is first made normal.
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, 54) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 0x3fe;
    (f64::from_bits(bits & !EXPONENT | HALF), exponent - shift)
}

/// C's `ldexp`: `x * 2^e`, rounded once.
pub(crate) fn scale_float(x: f64, e: i32) -> f64 {
    // 2^-969: a step down by it keeps enough bits that only the last step can round.
    const DOWN: i32 = 1022 - 53;
    let power = |e: i32| f64::from_bits(((e + 1023) as u64) << 52);
    let (mut x, mut e) = (x, e);
    for _ in 0..2 {
        if e > 1023 {
            x *= power(1023);
            e -= 1023;
        } else if e < -1022 {
            x *= power(-DOWN);
            e += DOWN;
        }
    }
    x * power(e.clamp(-1022, 1023))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_split_and_scaled_exactly() {
        for x in [1.0, -1.0, 0.1, 3e300, f64::MIN_POSITIVE, 5e-324, -7e-310, f64::MAX] {
            let (m, e) = split_float(x);
            assert!((0.5..1.0).contains(&m.abs()), "{x}");
            assert_eq!(scale_float(m, e), x);
        }
        assert_eq!(split_float(8.0), (0.5, 4));
        assert_eq!(split_float(0.0), (0.0, 0));
        assert_eq!(scale_float(1.0, -1074), 5e-324);
        assert_eq!(scale_float(1.0, -1075), 0.0);
        assert_eq!(scale_float(1.5, -1075), 5e-324);
        assert_eq!(scale_float(5e-324, 1074 + 1023), 2.0_f64.powi(1023));
        assert_eq!(scale_float(1.0, i32::MAX), f64::INFINITY);
        assert_eq!(scale_float(1.0, i32::MIN), 0.0);
        // Rounded twice, this would be one bit less.
        let x = f64::from_bits(0x3ff0_0000_0000_0001);
        assert_eq!(scale_float(x, -1074), 5e-324);
    }
}
