//! The tokens of Lua 5.1.

use super::Symbol;

/// One token; strings and names are interned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token {
    /// `and`
    And,
    /// `break`
    Break,
    /// `do`
    Do,
    /// `else`
    Else,
    /// `elseif`
    ElseIf,
    /// `end`
    End,
    /// `false`
    False,
    /// `for`
    For,
    /// `function`
    Function,
    /// `if`
    If,
    /// `in`
    In,
    /// `local`
    Local,
    /// `nil`
    Nil,
    /// `not`
    Not,
    /// `or`
    Or,
    /// `repeat`
    Repeat,
    /// `return`
    Return,
    /// `then`
    Then,
    /// `true`
    True,
    /// `until`
    Until,
    /// `while`
    While,
    /// `..`
    Concat,
    /// `...`
    Dots,
    /// `==`
    Eq,
    /// `>=`
    Ge,
    /// `<=`
    Le,
    /// `~=`
    Ne,
    /// A numeral.
    Number(f64),
    /// An identifier.
    Name(Symbol),
    /// A string literal.
    String(Symbol),
    /// The end of the source.
    Eof,
    /// Any other byte.
    Char(u8),
}

impl Token {
    /// The reserved word these bytes are, if they are one.
    pub fn keyword(word: &[u8]) -> Option<Token> {
        Some(match word {
            b"and" => Token::And,
            b"break" => Token::Break,
            b"do" => Token::Do,
            b"else" => Token::Else,
            b"elseif" => Token::ElseIf,
            b"end" => Token::End,
            b"false" => Token::False,
            b"for" => Token::For,
            b"function" => Token::Function,
            b"if" => Token::If,
            b"in" => Token::In,
            b"local" => Token::Local,
            b"nil" => Token::Nil,
            b"not" => Token::Not,
            b"or" => Token::Or,
            b"repeat" => Token::Repeat,
            b"return" => Token::Return,
            b"then" => Token::Then,
            b"true" => Token::True,
            b"until" => Token::Until,
            b"while" => Token::While,
            _ => return None,
        })
    }

    /// What an error message calls this kind of token.
    pub fn describe(self) -> Vec<u8> {
        let text: &str = match self {
            Token::And => "and",
            Token::Break => "break",
            Token::Do => "do",
            Token::Else => "else",
            Token::ElseIf => "elseif",
            Token::End => "end",
            Token::False => "false",
            Token::For => "for",
            Token::Function => "function",
            Token::If => "if",
            Token::In => "in",
            Token::Local => "local",
            Token::Nil => "nil",
            Token::Not => "not",
            Token::Or => "or",
            Token::Repeat => "repeat",
            Token::Return => "return",
            Token::Then => "then",
            Token::True => "true",
            Token::Until => "until",
            Token::While => "while",
            Token::Concat => "..",
            Token::Dots => "...",
            Token::Eq => "==",
            Token::Ge => ">=",
            Token::Le => "<=",
            Token::Ne => "~=",
            Token::Number(_) => "<number>",
            Token::Name(_) => "<name>",
            Token::String(_) => "<string>",
            Token::Eof => "<eof>",
            Token::Char(byte) if byte.is_ascii_control() => {
                return format!("char({byte})").into_bytes();
            }
            Token::Char(byte) => return vec![byte],
        };
        text.as_bytes().to_vec()
    }

    /// Whether no statement can begin with it, so that a block ends before it.
    pub fn ends_block(self) -> bool {
        matches!(self, Token::Else | Token::ElseIf | Token::End | Token::Eof | Token::Until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn keywords_describe_themselves() {
        for word in ["and", "elseif", "function", "while", "until", "not"] {
            assert_eq!(Token::keyword(word.as_bytes()).unwrap().describe(), word.as_bytes());
        }
        assert_eq!(Token::keyword(b"ands"), None);
        assert_eq!(Token::Char(7).describe(), b"char(7)");
        assert_eq!(Token::Char(200).describe(), [200]);
    }
}
