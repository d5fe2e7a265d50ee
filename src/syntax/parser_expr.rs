//! The parser: expressions.
//!
//! `subexpr` of `lparser.c` reads the operators of one level in a loop; what that loop reads is one
//! [`ExprKind::Chain`], and likewise for the suffixes of a primary expression.

use super::Token;
use super::ast::{BinaryOp, Expr, ExprKind, Field, FieldKind, Id, Link, List, Pos, Suffix, SuffixKind, UnaryOp};
use super::parser::Parser;

/// How tightly unary operators bind.
const UNARY_PRIORITY: u8 = 8;

/// A binary operator with its priorities to the left and to the right.
fn binary_operator(token: Token) -> Option<(BinaryOp, u8, u8)> {
    Some(match token {
        Token::Char(b'+') => (BinaryOp::Add, 6, 6),
        Token::Char(b'-') => (BinaryOp::Sub, 6, 6),
        Token::Char(b'*') => (BinaryOp::Mul, 7, 7),
        Token::Char(b'/') => (BinaryOp::Div, 7, 7),
        Token::Char(b'%') => (BinaryOp::Mod, 7, 7),
        Token::Char(b'^') => (BinaryOp::Pow, 10, 9),
        Token::Concat => (BinaryOp::Concat, 5, 4),
        Token::Ne => (BinaryOp::Ne, 3, 3),
        Token::Eq => (BinaryOp::Eq, 3, 3),
        Token::Char(b'<') => (BinaryOp::Lt, 3, 3),
        Token::Le => (BinaryOp::Le, 3, 3),
        Token::Char(b'>') => (BinaryOp::Gt, 3, 3),
        Token::Ge => (BinaryOp::Ge, 3, 3),
        Token::And => (BinaryOp::And, 2, 2),
        Token::Or => (BinaryOp::Or, 1, 1),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Id<Expr> {
        self.sub_expr(0)
    }

    /// Reads one more expression of a list.
    pub(super) fn append_expr(&mut self, list: &mut List<Expr>) {
        let expr = self.expr();
        self.exprs.append(list, expr);
    }

    /// Reads one expression or more, separated by commas.
    pub(super) fn expr_list(&mut self) -> List<Expr> {
        let mut list = List::default();
        self.append_expr(&mut list);
        while self.accept(Token::Char(b',')) {
            self.append_expr(&mut list);
        }
        list
    }

    /// A node for what was read since `begin`.
    fn node(&mut self, kind: ExprKind, begin: Pos) -> Id<Expr> {
        self.exprs.push(Expr { kind, begin, end: self.last })
    }

    /// Reads an expression of operators that bind tighter than `limit`.
    fn sub_expr(&mut self, limit: u8) -> Id<Expr> {
        self.level(|parser| parser.sub_expr_level(limit))
    }

    fn sub_expr_level(&mut self, limit: u8) -> Id<Expr> {
        let begin = self.last;
        let unary = match self.token {
            Token::Not => Some(UnaryOp::Not),
            Token::Char(b'-') => Some(UnaryOp::Minus),
            Token::Char(b'#') => Some(UnaryOp::Len),
            _ => None,
        };
        let mut expr = match unary {
            Some(op) => {
                self.advance();
                let operand = self.sub_expr(UNARY_PRIORITY);
                self.node(ExprKind::Unary(op, operand), begin)
            }
            None => self.simple_expr(),
        };
        let mut links = List::default();
        while let Some((op, left, right)) = binary_operator(self.token)
            && left > limit
        {
            self.advance();
            let operand = self.sub_expr(right);
            let link = self.links.push(Link { op, operand });
            self.links.append(&mut links, link);
        }
        if !links.is_empty() {
            expr = self.node(ExprKind::Chain(expr, links), begin);
        }
        expr
    }

    fn simple_expr(&mut self) -> Id<Expr> {
        let begin = self.last;
        let kind = match self.token {
            Token::Number(n) => ExprKind::Number(n),
            Token::String(symbol) => ExprKind::String(symbol),
            Token::Nil => ExprKind::Nil,
            Token::True => ExprKind::True,
            Token::False => ExprKind::False,
            Token::Dots => {
                self.use_vararg();
                ExprKind::Vararg
            }
            Token::Char(b'{') => return self.table(),
            Token::Function => {
                self.advance();
                let line = self.line();
                let function = self.function_body(false, line);
                return self.node(ExprKind::Function(function), begin);
            }
            _ => return self.primary_expr(),
        };
        self.advance();
        self.node(kind, begin)
    }

    /// Reads a variable or a parenthesized expression with its suffixes.
    pub(super) fn primary_expr(&mut self) -> Id<Expr> {
        let begin = self.last;
        let kind = match self.token {
            Token::Name(symbol) => {
                self.advance();
                ExprKind::Name(symbol)
            }
            Token::Char(b'(') => {
                let line = self.line();
                self.advance();
                let inner = self.expr();
                self.expect_match(Token::Char(b')'), Token::Char(b'('), line);
                ExprKind::Paren(inner)
            }
            _ => {
                self.error("unexpected symbol");
                ExprKind::Nil
            }
        };
        let base = self.node(kind, begin);
        let mut suffixes = List::default();
        loop {
            let kind = match self.token {
                Token::Char(b'.') => {
                    self.advance();
                    SuffixKind::Field(self.expect_name())
                }
                Token::Char(b'[') => SuffixKind::Index(self.index()),
                Token::Char(b':') => {
                    self.advance();
                    let kind = SuffixKind::Method(self.expect_name());
                    let id = self.suffixes.push(Suffix { kind, end: self.last });
                    self.suffixes.append(&mut suffixes, id);
                    self.call_args()
                }
                Token::Char(b'(' | b'{') | Token::String(_) => self.call_args(),
                _ => break,
            };
            let id = self.suffixes.push(Suffix { kind, end: self.last });
            self.suffixes.append(&mut suffixes, id);
        }
        if suffixes.is_empty() {
            return base;
        }
        self.node(ExprKind::Suffixed(base, suffixes), begin)
    }

    /// Reads `[e]`.
    fn index(&mut self) -> Id<Expr> {
        self.advance();
        let key = self.expr();
        self.expect(Token::Char(b']'));
        key
    }

    fn call_args(&mut self) -> SuffixKind {
        let line = self.line();
        let mut args = List::default();
        match self.token {
            Token::Char(b'(') => {
                if line != self.last.line {
                    self.error("ambiguous syntax (function call x new statement)");
                }
                self.advance();
                if self.token != Token::Char(b')') {
                    args = self.expr_list();
                }
                self.expect_match(Token::Char(b')'), Token::Char(b'('), line);
            }
            Token::Char(b'{') => {
                let table = self.table();
                self.exprs.append(&mut args, table);
            }
            Token::String(symbol) => {
                let begin = self.last;
                self.advance();
                let string = self.node(ExprKind::String(symbol), begin);
                self.exprs.append(&mut args, string);
            }
            _ => self.error("function arguments expected"),
        }
        SuffixKind::Call(args, line)
    }

    fn table(&mut self) -> Id<Expr> {
        let begin = self.last;
        let line = self.line();
        self.expect(Token::Char(b'{'));
        let mut fields = List::default();
        while self.token != Token::Char(b'}') {
            let begin = self.last;
            let kind = match self.token {
                Token::Name(symbol) => match self.look_ahead() {
                    Token::Char(b'=') => {
                        self.advance();
                        self.expect(Token::Char(b'='));
                        FieldKind::Named(symbol, self.expr())
                    }
                    _ => FieldKind::Item(self.expr()),
                },
                Token::Char(b'[') => {
                    let key = self.index();
                    self.expect(Token::Char(b'='));
                    FieldKind::Keyed(key, self.expr())
                }
                _ => FieldKind::Item(self.expr()),
            };
            let id = self.fields.push(Field { kind, begin });
            self.fields.append(&mut fields, id);
            if !self.accept(Token::Char(b',')) && !self.accept(Token::Char(b';')) {
                break;
            }
        }
        self.expect_match(Token::Char(b'}'), Token::Char(b'{'), line);
        self.node(ExprKind::Table(fields), begin)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ast::{Ast, StatKind};
    use super::super::parse;
    use super::*;
    use pretty_assertions::assert_eq;

    fn show(ast: &Ast, id: Id<Expr>) -> String {
        match ast.exprs[id].kind {
            ExprKind::Number(n) => n.to_string(),
            ExprKind::Name(symbol) => String::from_utf8_lossy(ast.symbols.bytes(symbol)).into_owned(),
            ExprKind::Paren(inner) => show(ast, inner),
            ExprKind::Unary(op, operand) => format!("{op:?} {}", show(ast, operand)),
            ExprKind::Chain(first, links) => ast.links.iter(links).fold(show(ast, first), |left, link| {
                let Link { op, operand } = ast.links[link];
                format!("({left} {op:?} {})", show(ast, operand))
            }),
            _ => "?".to_string(),
        }
    }

    fn parsed(source: &str) -> String {
        let source = format!("return {source}");
        let ast = parse(source.as_bytes(), b"=t").unwrap();
        let stat = ast.main.body.stats.first().unwrap();
        let StatKind::Return(values) = ast.stats[stat].kind else { panic!("a return") };
        show(&ast, values.first().unwrap())
    }

    #[test]
    fn priorities() {
        assert_eq!(parsed("a+b*c-d"), "((a Add (b Mul c)) Sub d)");
        assert_eq!(parsed("a..b..c"), "(a Concat (b Concat c))");
        assert_eq!(parsed("-a^2^b"), "Minus (a Pow (2 Pow b))");
        assert_eq!(parsed("a or b and c < d"), "(a Or (b And (c Lt d)))");
        assert_eq!(parsed("not a == b"), "(Not a Eq b)");
    }
}
