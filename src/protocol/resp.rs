//! [`RespFrame`]: a command or a reply, as the Redis serialization protocol (versions 2 and 3) has them.
//!
//! A frame holds bytes, not text. Nothing here limits how deep frames nest; whoever makes them from untrusted input has to.

use std::sync::Arc;

/// Bytes that frames share instead of copying them.
pub type Bytes = Arc<Vec<u8>>;

/// A value of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub enum RespFrame {
    /// `+OK`
    SimpleString(Bytes),
    /// `-ERR message`
    Error(Bytes),
    /// `:1`
    Integer(i64),
    /// `$5 hello`; the null of version 2, `$-1`, if there are no bytes.
    BulkString(Option<Bytes>),
    /// `*2 …`; the null array, `*-1`, if there are no elements.
    Array(Option<Vec<RespFrame>>),
    /// `_`, the null of version 3.
    Null,
    /// `#t`, of version 3.
    Boolean(bool),
    /// `,1.5`, of version 3.
    Double(f64),
    /// `%1 …`, of version 3.
    Map(Vec<(RespFrame, RespFrame)>),
    /// `~2 …`, of version 3.
    Set(Vec<RespFrame>),
}

impl RespFrame {
    /// The simple string `OK`.
    pub fn ok() -> Self {
        Self::simple_string("OK")
    }

    /// A simple string. A line break, which would end it, becomes a space.
    pub fn simple_string(text: impl Into<Vec<u8>>) -> Self {
        Self::SimpleString(Arc::new(one_line(text.into())))
    }

    /// An error; its first word is its code. A line break, which would end it, becomes a space.
    pub fn error(message: impl Into<Vec<u8>>) -> Self {
        Self::Error(Arc::new(one_line(message.into())))
    }

    /// A bulk string: any bytes.
    pub fn bulk_string(bytes: impl AsRef<[u8]>) -> Self {
        Self::BulkString(Some(Arc::new(bytes.as_ref().to_vec())))
    }

    /// A bulk string of these bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self::BulkString(Some(Arc::new(bytes)))
    }

    /// A bulk string of this text.
    pub fn from_string(text: impl Into<String>) -> Self {
        Self::from_bytes(text.into().into_bytes())
    }

    /// An array.
    pub fn array(frames: Vec<RespFrame>) -> Self {
        Self::Array(Some(frames))
    }

    /// The null of version 2.
    pub fn null_bulk() -> Self {
        Self::BulkString(None)
    }

    /// The null array of version 2.
    pub fn null_array() -> Self {
        Self::Array(None)
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// Whether it is a null, of either version.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null | Self::BulkString(None) | Self::Array(None))
    }

    /// The bytes of a string, simple or bulk, or of an error.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::SimpleString(bytes) | Self::Error(bytes) | Self::BulkString(Some(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

/// Replaces what would end a line of the protocol.
pub(crate) fn one_line(mut text: Vec<u8>) -> Vec<u8> {
    for byte in &mut text {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    text
}

impl From<String> for RespFrame {
    fn from(text: String) -> Self {
        Self::from_string(text)
    }
}

impl From<&str> for RespFrame {
    fn from(text: &str) -> Self {
        Self::bulk_string(text)
    }
}

impl From<i64> for RespFrame {
    fn from(n: i64) -> Self {
        Self::Integer(n)
    }
}

impl From<Vec<RespFrame>> for RespFrame {
    fn from(frames: Vec<RespFrame>) -> Self {
        Self::array(frames)
    }
}
