//! What the string functions do with bytes and positions.

/// A C string: it ends at its first NUL.
pub(crate) fn c_string(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).map_or(bytes, |end| &bytes[..end])
}

/// A position counted from the end if it is negative (`posrelat`); never negative itself.
#[inline]
pub(crate) fn relative(position: i64, len: usize) -> i64 {
    let position = if position < 0 { position.saturating_add(len as i64 + 1) } else { position };
    position.max(0)
}

/// Fills an empty buffer with copies of `unit` up to `total` bytes, doubling what is there.
pub(crate) fn fill_repeated(out: &mut Vec<u8>, unit: &[u8], total: usize) {
    if total == 0 {
        return;
    }
    if let [byte] = unit {
        out.resize(total, *byte);
        return;
    }
    out.extend_from_slice(unit);
    while out.len() < total {
        let more = out.len().min(total - out.len());
        out.extend_from_within(..more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_relative_to_the_end() {
        assert_eq!(relative(-1, 5), 5);
        assert_eq!(relative(-5, 5), 1);
        assert_eq!(relative(-6, 5), 0);
        assert_eq!(relative(i64::MIN, 5), 0);
        assert_eq!(relative(3, 5), 3);
    }

    #[test]
    fn repetition_fills_exactly() {
        for (unit, total, expected) in [("ab", 6, "ababab"), ("x", 3, "xxx"), ("abc", 3, "abc"), ("", 0, "")] {
            let mut out = Vec::new();
            fill_repeated(&mut out, unit.as_bytes(), total);
            assert_eq!(out, expected.as_bytes());
        }
    }
}
