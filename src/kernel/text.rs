//! What the string functions do with bytes and positions.

use super::meter::{Meter, PIECE, Stop};

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

/// Fills an empty buffer, which has room for that, with copies of `unit` up to `total` bytes.
pub(crate) fn fill_repeated(meter: &mut Meter, out: &mut Vec<u8>, unit: &[u8], total: usize) -> Result<(), Stop> {
    if total == 0 || unit.is_empty() {
        return Ok(());
    }
    if let [byte] = unit {
        while out.len() < total {
            let more = PIECE.min(total - out.len());
            meter.charge_bytes(more)?;
            out.resize(out.len() + more, *byte);
        }
        return Ok(());
    }
    meter.append(out, unit)?;
    while out.len() < total {
        // What is there is doubled until it is a piece.
        let more = out.len().min(total - out.len()).min(PIECE.max(unit.len()) / unit.len() * unit.len());
        meter.charge_bytes(more)?;
        out.extend_from_within(..more);
    }
    Ok(())
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
            fill_repeated(&mut Meter::default(), &mut out, unit.as_bytes(), total).unwrap();
            assert_eq!(out, expected.as_bytes());
        }
    }
}
