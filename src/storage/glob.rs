//! The patterns of `KEYS`: `*`, `?`, `[a-c]`, `[^a]` and `\`.
//!
//! Only the last `*` is ever taken back, so that the time is at most the product of both lengths.

/// Whether a whole text matches a pattern.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the pattern goes on behind the last star, and the text that it has not taken.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, t));
            continue;
        }
        if t == text.len() && p == pattern.len() {
            return true;
        }
        let taken = if t < text.len() { one(&pattern[p..], text[t]) } else { None };
        match (taken, star) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            (None, Some((behind, from))) if from < text.len() => {
                star = Some((behind, from + 1));
                p = behind;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

/// If the beginning of a pattern matches a byte, how long that beginning is.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'\\', escaped, ..] => (*escaped == byte).then_some(2),
        [b'[', set @ ..] => {
            let (is_in, length) = in_set(set, byte);
            is_in.then_some(1 + length)
        }
        [literal, ..] => (*literal == byte).then_some(1),
    }
}

/// Whether a byte is in the set that begins here, and how long the set is, with its bracket.
fn in_set(set: &[u8], byte: u8) -> (bool, usize) {
    let negated = set.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let mut found = false;
    loop {
        match &set[at..] {
            // As in Redis, a set that is not closed ends with the pattern.
            [] => return (found != negated, at),
            [b']', ..] => return (found != negated, at + 1),
            [b'\\', escaped, ..] => {
                found |= *escaped == byte;
                at += 2;
            }
            [low, b'-', high, ..] => {
                let (low, high) = (low.min(high), low.max(high));
                found |= (*low..=*high).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= *literal == byte;
                at += 1;
            }
        }
    }
}
