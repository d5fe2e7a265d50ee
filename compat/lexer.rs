//! The old lexer's tokens, made by the lexer of [`crate::syntax`].
//!
//! `goto` is a name and `::` two colons, as in Lua 5.1; the tokens for them are never made. Strings and names are text: other
//! bytes are replaced.

use std::fmt;

use super::error::{LuaError, LuaResult};
use crate::compat::deprecation::{self, Api};
use crate::syntax;

macro_rules! tokens {
    ($($variant:ident $text:literal)*) => {
        /// A token.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, reason = "they are Lua's tokens; `Display` shows each as it is written")]
        pub enum Token {
            $($variant,)*
            /// A numeral.
            Number(f64),
            /// A string literal.
            String(String),
            /// A name.
            Identifier(String),
            /// The end of the source.
            Eof,
        }

        impl fmt::Display for Token {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Token::$variant => f.write_str($text),)*
                    Token::Number(n) => write!(f, "{n}"),
                    Token::String(text) => write!(f, "\"{text}\""),
                    Token::Identifier(name) => f.write_str(name),
                    Token::Eof => f.write_str("<eof>"),
                }
            }
        }
    };
}
tokens! {
    And "and" Break "break" Do "do" Else "else" ElseIf "elseif" End "end" False "false" For "for" Function "function"
    Goto "goto" If "if" In "in" Local "local" Nil "nil" Not "not" Or "or" Repeat "repeat" Return "return" Then "then"
    True "true" Until "until" While "while"
    Plus "+" Minus "-" Mul "*" Div "/" Mod "%" Pow "^" Concat ".." Equal "==" NotEqual "~=" LessThan "<" LessEqual "<="
    GreaterThan ">" GreaterEqual ">=" Assign "=" Hash "#" Len "#"
    Semicolon ";" Colon ":" DoubleColon "::" Comma "," Dot "." DoubleDot ".." TripleDot "..." LeftParen "(" RightParen ")"
    LeftBracket "[" RightBracket "]" LeftBrace "{" RightBrace "}"
}

/// A token and where it is, both counted from 1.
#[derive(Debug, Clone)]
pub struct TokenWithLocation {
    /// The token.
    pub token: Token,
    /// The line it ends in.
    pub line: usize,
    /// The column it begins at.
    pub column: usize,
}

/// Splits a source text into tokens.
#[derive(Debug)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::syntax::Lexer; see MIGRATION.md#old-compile")
)]
pub struct Lexer<'a> {
    lexer: syntax::Lexer<'a>,
}

impl<'a> Lexer<'a> {
    /// A lexer at the beginning of a source text.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::syntax::Lexer; see MIGRATION.md#old-compile")
    )]
    #[track_caller]
    pub fn new(source: &'a str) -> Self {
        deprecation::used(Api::LexerNew);
        Lexer { lexer: syntax::Lexer::new(source.as_bytes(), source.as_bytes()) }
    }

    /// The next token; at the end, `Eof` again and again.
    ///
    /// # Errors
    /// [`LuaError::SyntaxError`].
    pub fn next_token(&mut self) -> LuaResult<TokenWithLocation> {
        let token = self.lexer.next().map_err(|error| LuaError::from_syntax(*error))?;
        // What an error there would say knows the column.
        let place = self.lexer.error_at_token("unexpected symbol", token);
        match self.convert(token) {
            Some(token) => Ok(TokenWithLocation { token, line: place.line as usize, column: place.column as usize }),
            None => Err(LuaError::from_syntax(*place)),
        }
    }

    fn text(&self, symbol: syntax::Symbol) -> String {
        String::from_utf8_lossy(self.lexer.symbols().bytes(symbol)).into_owned()
    }

    fn convert(&self, token: syntax::Token) -> Option<Token> {
        use syntax::Token as T;
        Some(match token {
            T::And => Token::And,
            T::Break => Token::Break,
            T::Do => Token::Do,
            T::Else => Token::Else,
            T::ElseIf => Token::ElseIf,
            T::End => Token::End,
            T::False => Token::False,
            T::For => Token::For,
            T::Function => Token::Function,
            T::If => Token::If,
            T::In => Token::In,
            T::Local => Token::Local,
            T::Nil => Token::Nil,
            T::Not => Token::Not,
            T::Or => Token::Or,
            T::Repeat => Token::Repeat,
            T::Return => Token::Return,
            T::Then => Token::Then,
            T::True => Token::True,
            T::Until => Token::Until,
            T::While => Token::While,
            T::Concat => Token::Concat,
            T::Dots => Token::TripleDot,
            T::Eq => Token::Equal,
            T::Ge => Token::GreaterEqual,
            T::Le => Token::LessEqual,
            T::Ne => Token::NotEqual,
            T::Number(n) => Token::Number(n),
            T::Name(symbol) => Token::Identifier(self.text(symbol)),
            T::String(symbol) => Token::String(self.text(symbol)),
            T::Eof => Token::Eof,
            T::Char(byte) => match byte {
                b'+' => Token::Plus,
                b'-' => Token::Minus,
                b'*' => Token::Mul,
                b'/' => Token::Div,
                b'%' => Token::Mod,
                b'^' => Token::Pow,
                b'<' => Token::LessThan,
                b'>' => Token::GreaterThan,
                b'=' => Token::Assign,
                b'#' => Token::Hash,
                b';' => Token::Semicolon,
                b':' => Token::Colon,
                b',' => Token::Comma,
                b'.' => Token::Dot,
                b'(' => Token::LeftParen,
                b')' => Token::RightParen,
                b'[' => Token::LeftBracket,
                b']' => Token::RightBracket,
                b'{' => Token::LeftBrace,
                b'}' => Token::RightBrace,
                _ => return None,
            },
        })
    }

    /// All tokens, `Eof` last.
    ///
    /// # Errors
    /// [`LuaError::SyntaxError`].
    pub fn tokenize(&mut self) -> LuaResult<Vec<TokenWithLocation>> {
        let mut tokens = Vec::new();
        loop {
            let token = self.next_token()?;
            let is_last = token.token == Token::Eof;
            tokens.push(token);
            if is_last {
                return Ok(tokens);
            }
        }
    }
}

/// All tokens of a source text, `Eof` last.
///
/// # Errors
/// [`LuaError::SyntaxError`].
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::syntax::Lexer; see MIGRATION.md#old-compile")
)]
#[track_caller]
pub fn tokenize(source: &str) -> LuaResult<Vec<TokenWithLocation>> {
    deprecation::used(Api::LexerTokenize);
    deprecation::own(|| Lexer::new(source).tokenize())
}
