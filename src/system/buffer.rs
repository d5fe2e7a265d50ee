//! [`WriteBuffer`]: written bytes on their way to a file, and when they go on.
#![forbid(unsafe_code)]

use std::io;

/// When written bytes leave a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buffering {
    /// At once.
    None,
    /// At each newline.
    Line,
    /// Once there are so many.
    Full(usize),
}

/// Bytes that were written and are still to be sent. Every operation that may send is given what sends.
///
/// What can't be sent is given up, as in glibc: it would fail again, whatever is done with the file.
pub(crate) struct WriteBuffer {
    kept: Vec<u8>,
    buffering: Buffering,
    /// Bytes kept at most, unless the buffering says how many.
    capacity: usize,
}

impl WriteBuffer {
    pub(crate) fn new(buffering: Buffering, capacity: usize) -> WriteBuffer {
        WriteBuffer { kept: Vec::new(), buffering, capacity }
    }

    pub(crate) fn buffering(&self) -> Buffering {
        self.buffering
    }

    /// Writes bytes: sends some, and keeps some.
    pub(crate) fn write(&mut self, bytes: &[u8], mut send: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let (now, later) = bytes.split_at(match self.buffering {
            Buffering::None => bytes.len(),
            Buffering::Line => memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1),
            Buffering::Full(_) => 0,
        });
        if !now.is_empty() {
            self.keep(now, &mut send)?;
            self.flush(&mut send)?;
        }
        self.keep(later, send)
    }

    /// Keeps bytes, unless they are too many.
    fn keep(&mut self, bytes: &[u8], mut send: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let capacity = match self.buffering {
            Buffering::Full(capacity) => capacity,
            Buffering::None | Buffering::Line => self.capacity,
        };
        if self.kept.len() + bytes.len() > capacity {
            self.flush(&mut send)?;
            if bytes.len() >= capacity {
                return send(bytes);
            }
        }
        self.kept.extend_from_slice(bytes);
        Ok(())
    }

    /// Sends what is kept.
    pub(crate) fn flush(&mut self, mut send: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let result = send(&self.kept);
        self.kept.clear();
        result
    }

    /// C's `setvbuf`; like glibc's it sends what is kept only if nothing is to be kept from now on.
    pub(crate) fn set_buffering(
        &mut self,
        buffering: Buffering,
        send: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.buffering = buffering;
        if buffering == Buffering::None { self.flush(send) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    /// What is sent by each of some writes, and at last by a flush.
    fn sent(buffering: Buffering, writes: &[&str]) -> Vec<String> {
        let mut buffer = WriteBuffer::new(buffering, 8);
        let mut sent = Vec::new();
        for write in writes {
            let mut text = String::new();
            let mut send = |bytes: &[u8]| {
                text.push_str(std::str::from_utf8(bytes).unwrap());
                Ok(())
            };
            buffer.write(write.as_bytes(), &mut send).unwrap();
            sent.push(text);
        }
        let mut text = String::new();
        let send = |bytes: &[u8]| {
            text.push_str(std::str::from_utf8(bytes).unwrap());
            Ok(())
        };
        buffer.flush(send).unwrap();
        sent.push(text);
        sent
    }

    #[test]
    fn bytes_are_sent_when_the_buffering_says() {
        assert_eq!(sent(Buffering::None, &["a", "b\n"]), ["a", "b\n", ""]);
        assert_eq!(sent(Buffering::Line, &["a", "b\nc", "d"]), ["", "ab\n", "", "cd"]);
        assert_eq!(sent(Buffering::Line, &["a", "123456789", "b"]), ["", "a123456789", "", "b"]);
        assert_eq!(sent(Buffering::Full(4), &["ab\n", "c", "d", "efghi"]), ["", "", "ab\nc", "defghi", ""]);
    }

    #[test]
    fn what_cannot_be_sent_is_given_up() {
        let mut buffer = WriteBuffer::new(Buffering::Full(4), 8);
        let fail = |_: &[u8]| Err(io::ErrorKind::BrokenPipe.into());
        buffer.write(b"abc", fail).unwrap();
        assert_eq!(buffer.write(b"de", fail).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        buffer.flush(|_| panic!("nothing is left")).unwrap();
    }

    #[test]
    fn less_is_kept_from_now_on() {
        let mut buffer = WriteBuffer::new(Buffering::Full(4), 8);
        let mut count = 0;
        let mut send = |_: &[u8]| {
            count += 1;
            Ok(())
        };
        buffer.write(b"a", &mut send).unwrap();
        buffer.set_buffering(Buffering::Line, &mut send).unwrap();
        buffer.set_buffering(Buffering::None, &mut send).unwrap();
        assert_eq!(count, 1);
    }
}
