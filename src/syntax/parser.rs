//! The parser: statements, and the state all rules share.
//!
//! One method per rule of `lparser.c`, in its order of checks, because the order decides which error is reported.
//! What PUC checks while it generates code (the limits on upvalues, registers and constants) is left to the
//! compiler; `break` outside a loop and `...` outside a vararg function are found here. Recursion is bounded by
//! [`Parser::level`], as in PUC.
//!
//! PUC compiles while it parses, so a limit that is exceeded before a syntax error is what it reports. Therefore the first
//! error ends no rule: the text seems to end there, every rule goes on with what it has, and whatever comes after is at
//! [`Pos::LOST`]. The compiler gets the tree up to that place.

use std::mem::take;

use super::ast::{Arena, Ast, Block, Clause, Expr, ExprKind, Function, Id, List, Name, Pos, Stat, StatKind, Suffix};
use super::ast::{Field, Link, SuffixKind};
use super::{Lexer, Symbol, SyntaxError, Token};
use crate::host_stack::{OutOfStack, with_room};

/// PUC's `LUAI_MAXCCALLS`, which also limits how deep a program nests.
const MAX_LEVELS: u32 = 200;
/// Most local variables in scope at once in a function (`LUAI_MAXVARS`).
const MAX_LOCALS: u32 = 200;
/// What a loop keeps its state in.
const HIDDEN_LOOP_VARIABLES: u32 = 3;
/// The levels in use when a script calls `loadstring`: the stand-alone interpreter and its `pcall` take two.
const BASE_LEVELS: u32 = 2;

/// Parses a chunk.
pub fn parse(source: &[u8], chunk_name: &[u8]) -> std::result::Result<Ast, Box<SyntaxError>> {
    let mut parser = Parser::new(Lexer::new(source, chunk_name));
    parser.open_chunk();
    let mut stats = List::default();
    while parser.next_statement(&mut stats) {}
    match parser.take_failure() {
        Some(error) => Err(error),
        None => Ok(parser.take_tree(stats)),
    }
}

/// What the rules have to know about the function they are in.
struct FunctionScope {
    is_vararg: bool,
    uses_vararg: bool,
    /// How many loops enclose the current statement.
    loops: u32,
    /// How many local variables are in scope.
    locals: u32,
    /// 0 in a main chunk.
    line: u32,
}

/// The state of the parser.
pub(crate) struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The current token, not yet consumed.
    pub(super) token: Token,
    token_end: usize,
    lookahead: Option<Token>,
    /// After the last consumed token.
    pub(super) last: Pos,
    levels: u32,
    scope: FunctionScope,
    /// Whether the last statement ends its block.
    is_over: bool,
    /// The first error.
    failure: Option<Box<SyntaxError>>,
    /// Bytes that the compiler holds.
    held_by_compiler: usize,
    pub(super) exprs: Arena<Expr>,
    pub(super) links: Arena<Link>,
    pub(super) suffixes: Arena<Suffix>,
    pub(super) fields: Arena<Field>,
    stats: Arena<Stat>,
    clauses: Arena<Clause>,
    names: Arena<Name>,
    functions: Arena<Function>,
}

impl<'s> Parser<'s> {
    /// A parser of what the lexer reads.
    pub(crate) fn new(lexer: Lexer<'s>) -> Self {
        Parser {
            lexer,
            token: Token::Eof,
            token_end: 0,
            lookahead: None,
            last: Pos::START,
            levels: BASE_LEVELS,
            scope: FunctionScope { is_vararg: true, uses_vararg: false, loops: 0, locals: 0, line: 0 },
            is_over: false,
            failure: None,
            held_by_compiler: 0,
            exprs: Arena::default(),
            links: Arena::default(),
            suffixes: Arena::default(),
            fields: Arena::default(),
            stats: Arena::default(),
            clauses: Arena::default(),
            names: Arena::default(),
            functions: Arena::default(),
        }
    }

    /// Consumes the current token.
    pub(super) fn advance(&mut self) {
        if self.failure.is_some() {
            return;
        }
        // As in PUC, the line is where the lexer is, which may be after a token looked ahead.
        self.last = Pos { offset: self.token_end as u32, line: self.lexer.line() };
        self.token = match self.lookahead.take() {
            Some(token) => token,
            None => self.next_token(),
        };
        self.token_end = self.lexer.offset();
    }

    /// The token after the current one.
    pub(super) fn look_ahead(&mut self) -> Token {
        let token = self.next_token();
        if self.failure.is_none() {
            self.lookahead = Some(token);
        }
        token
    }

    fn next_token(&mut self) -> Token {
        if self.lexer.is_in_debt() {
            self.pay();
        }
        self.lexer.next().unwrap_or_else(|error| {
            self.fail(error);
            Token::Eof
        })
    }

    /// Pays for what was read. If that is refused, the lexer says so.
    #[cold]
    pub(crate) fn pay(&mut self) {
        let nodes = self.exprs.size() + self.links.size() + self.suffixes.size() + self.fields.size();
        let others = self.stats.size() + self.clauses.size() + self.names.size() + self.functions.size();
        self.lexer.pay(0, nodes + others + self.held_by_compiler);
    }

    /// The lexer, for the compiler to pay by way of it.
    pub(crate) fn lexer_mut(&mut self) -> &mut Lexer<'s> {
        &mut self.lexer
    }

    /// The line of the current token's last byte.
    pub(super) fn line(&self) -> u32 {
        self.lexer.line()
    }

    /// Something is wrong here: the rest of the text is not looked at.
    fn fail(&mut self, error: Box<SyntaxError>) {
        self.failure = Some(error);
        self.token = Token::Eof;
        self.lookahead = None;
        self.last = Pos::LOST;
    }

    /// Notes an error at the current token, unless there was one before.
    pub(super) fn error(&mut self, message: &str) {
        if self.failure.is_none() {
            self.fail(self.lexer.error_at_token(message, self.token));
        }
    }

    fn error_expected(&mut self, token: Token) {
        self.error(&format!("'{}' expected", String::from_utf8_lossy(&token.describe())));
    }

    fn error_without_token(&mut self, message: &str) {
        if self.failure.is_none() {
            self.fail(self.lexer.error_without_token(message));
        }
    }

    fn error_limit(&mut self, limit: u32, what: &str) {
        self.error_without_token(&limit_message(self.scope.line, limit, what));
    }

    pub(super) fn accept(&mut self, token: Token) -> bool {
        let found = self.token == token;
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, token: Token) {
        if self.token != token {
            self.error_expected(token);
        }
        self.advance();
    }

    /// Consumes `closing`, which belongs to the `opening` on `line`.
    pub(super) fn expect_match(&mut self, closing: Token, opening: Token, line: u32) {
        if self.token == closing {
            return self.advance();
        }
        if line == self.line() {
            return self.error_expected(closing);
        }
        let (closing, opening) = (closing.describe(), opening.describe());
        let (closing, opening) = (String::from_utf8_lossy(&closing), String::from_utf8_lossy(&opening));
        self.error(&format!("'{closing}' expected (to close '{opening}' at line {line})"))
    }

    pub(super) fn expect_name(&mut self) -> Symbol {
        let Token::Name(symbol) = self.token else {
            self.error("'<name>' expected");
            return self.lexer.intern(b"");
        };
        self.advance();
        symbol
    }

    /// Applies a rule one level further in.
    pub(super) fn level<T>(&mut self, mut rule: impl FnMut(&mut Self) -> T) -> T {
        if self.levels >= MAX_LEVELS {
            self.error_without_token("chunk has too many syntax levels");
        }
        self.levels += 1;
        let result = with_room(|| rule(self)).unwrap_or_else(|OutOfStack| {
            // After an error a rule needs no room to speak of.
            self.error_without_token("not enough memory");
            rule(self)
        });
        self.levels -= 1;
        result
    }

    /// Notes that the current function uses `...`.
    pub(super) fn use_vararg(&mut self) {
        if !self.scope.is_vararg {
            self.error("cannot use '...' outside a vararg function");
        }
        self.scope.uses_vararg = true;
    }

    /// Begins a chunk.
    pub(crate) fn open_chunk(&mut self) {
        self.levels += 1;
        self.advance();
        // Nothing was consumed yet.
        if self.failure.is_none() {
            self.last = Pos::START;
        }
    }

    /// Appends the next statement of the chunk to a list; says `false` at the end of the chunk, and after an error.
    pub(crate) fn next_statement(&mut self, stats: &mut List<Stat>) -> bool {
        let goes_on = !self.is_over && !self.token.ends_block();
        if goes_on {
            self.lexer.keep_from(self.last);
            self.block_statement(stats);
        } else if self.token != Token::Eof {
            self.error_expected(Token::Eof);
        }
        goes_on
    }

    /// The error, if there was one.
    pub(crate) fn take_failure(&mut self) -> Option<Box<SyntaxError>> {
        self.failure.take()
    }

    /// An error of the compiler's at the token after `pos`, in the statement read last; the token is quoted, or not.
    pub(crate) fn error_after(&self, pos: Pos, message: &str, quoted: bool) -> Box<SyntaxError> {
        let mut lexer = self.lexer.again_from(pos);
        match lexer.next() {
            Ok(token) if quoted => lexer.error_at_token(message, token),
            Ok(_) => lexer.error_without_token(message),
            Err(error) => error,
        }
    }

    /// What was read since the last tree was taken, as a tree whose main function has these statements.
    pub(crate) fn take_tree(&mut self, stats: List<Stat>) -> Ast {
        Ast {
            exprs: take(&mut self.exprs),
            links: take(&mut self.links),
            suffixes: take(&mut self.suffixes),
            fields: take(&mut self.fields),
            stats: take(&mut self.stats),
            clauses: take(&mut self.clauses),
            names: take(&mut self.names),
            functions: take(&mut self.functions),
            symbols: take(self.lexer.symbols_mut()),
            main: Function {
                params: List::default(),
                body: Block { stats, begin: Pos::START, end: self.last },
                is_vararg: true,
                uses_vararg: self.scope.uses_vararg,
                line: 0,
                last_line: 0,
                params_end: Pos::START,
                end: self.last,
            },
        }
    }

    /// Gives back the symbols, and the memory of the nodes to be used again. The compiler holds so many bytes.
    pub(crate) fn give_back(&mut self, mut tree: Ast, held_by_compiler: usize) {
        self.held_by_compiler = held_by_compiler;
        tree.exprs.clear();
        tree.links.clear();
        tree.suffixes.clear();
        tree.fields.clear();
        tree.stats.clear();
        tree.clauses.clear();
        tree.names.clear();
        tree.functions.clear();
        self.exprs = tree.exprs;
        self.links = tree.links;
        self.suffixes = tree.suffixes;
        self.fields = tree.fields;
        self.stats = tree.stats;
        self.clauses = tree.clauses;
        self.names = tree.names;
        self.functions = tree.functions;
        *self.lexer.symbols_mut() = tree.symbols;
    }

    fn block(&mut self) -> Block {
        self.level(Self::block_level)
    }

    fn block_level(&mut self) -> Block {
        let begin = self.last;
        let locals = self.scope.locals;
        let mut stats = List::default();
        while !self.is_over && !self.token.ends_block() {
            self.block_statement(&mut stats);
        }
        self.is_over = false;
        self.scope.locals = locals;
        Block { stats, begin, end: self.last }
    }

    /// Reads a statement and the semicolon after it.
    fn block_statement(&mut self, stats: &mut List<Stat>) {
        let kind = self.statement();
        self.is_over = matches!(kind, StatKind::Return(_) | StatKind::Break);
        let id = self.stats.push(Stat { kind, end: self.last });
        self.stats.append(stats, id);
        self.accept(Token::Char(b';'));
    }

    fn loop_block(&mut self) -> Block {
        self.scope.loops += 1;
        let block = self.block();
        self.scope.loops -= 1;
        block
    }

    fn statement(&mut self) -> StatKind {
        let line = self.line();
        match self.token {
            Token::If => self.if_statement(line),
            Token::While => {
                self.advance();
                let condition = self.expr();
                self.expect(Token::Do);
                let body = self.loop_block();
                self.expect_match(Token::End, Token::While, line);
                StatKind::While(condition, body)
            }
            Token::Do => {
                self.advance();
                let body = self.block();
                self.expect_match(Token::End, Token::Do, line);
                StatKind::Do(body)
            }
            Token::For => self.for_statement(line),
            Token::Repeat => {
                self.advance();
                let body = self.loop_block();
                self.expect_match(Token::Until, Token::Repeat, line);
                StatKind::Repeat(body, self.expr())
            }
            Token::Function => self.function_statement(line),
            Token::Local => {
                self.advance();
                if self.accept(Token::Function) { self.local_function() } else { self.local_statement() }
            }
            Token::Return => {
                self.advance();
                let empty = self.token.ends_block() || self.token == Token::Char(b';');
                StatKind::Return(if empty { List::default() } else { self.expr_list() })
            }
            Token::Break => {
                self.advance();
                if self.scope.loops == 0 {
                    self.error("no loop to break");
                }
                StatKind::Break
            }
            _ => self.expr_statement(),
        }
    }

    fn if_statement(&mut self, line: u32) -> StatKind {
        let mut clauses = List::default();
        loop {
            self.advance();
            let condition = self.expr();
            self.expect(Token::Then);
            let body = self.block();
            let id = self.clauses.push(Clause { condition: Some(condition), body });
            self.clauses.append(&mut clauses, id);
            if self.token != Token::ElseIf {
                break;
            }
        }
        if self.accept(Token::Else) {
            let body = self.block();
            let id = self.clauses.push(Clause { condition: None, body });
            self.clauses.append(&mut clauses, id);
        }
        self.expect_match(Token::End, Token::If, line);
        StatKind::If(clauses)
    }

    fn for_statement(&mut self, line: u32) -> StatKind {
        let locals = self.scope.locals;
        self.advance();
        let first = self.declare();
        self.count_locals(HIDDEN_LOOP_VARIABLES);
        let statement = self.for_body(first, line);
        self.scope.locals = locals;
        statement
    }

    fn for_body(&mut self, first: Id<Name>, line: u32) -> StatKind {
        match self.token {
            Token::Char(b'=') => {
                self.advance();
                let mut values = List::default();
                self.append_expr(&mut values);
                self.expect(Token::Char(b','));
                self.append_expr(&mut values);
                if self.accept(Token::Char(b',')) {
                    self.append_expr(&mut values);
                }
                self.expect(Token::Do);
                let body = self.loop_block();
                self.expect_match(Token::End, Token::For, line);
                StatKind::NumericFor(first, values, body, line)
            }
            Token::Char(b',') | Token::In => {
                let mut names = List::default();
                self.names.append(&mut names, first);
                while self.accept(Token::Char(b',')) {
                    let name = self.declare();
                    self.names.append(&mut names, name);
                }
                self.expect(Token::In);
                let loop_line = self.line();
                let values = self.expr_list();
                self.expect(Token::Do);
                let body = self.loop_block();
                self.expect_match(Token::End, Token::For, line);
                StatKind::GenericFor(names, values, body, loop_line)
            }
            _ => {
                self.error("'=' or 'in' expected");
                let mut values = List::default();
                self.append_expr(&mut values);
                let body = self.loop_block();
                StatKind::NumericFor(first, values, body, line)
            }
        }
    }

    fn function_statement(&mut self, line: u32) -> StatKind {
        self.advance();
        let begin = self.last;
        let symbol = self.expect_name();
        let mut target = self.exprs.push(Expr { kind: ExprKind::Name(symbol), begin, end: self.last });
        let mut suffixes = List::default();
        let mut is_method = false;
        while !is_method && matches!(self.token, Token::Char(b'.' | b':')) {
            is_method = self.token == Token::Char(b':');
            self.advance();
            let field = self.expect_name();
            let id = self.suffixes.push(Suffix { kind: SuffixKind::Field(field), end: self.last });
            self.suffixes.append(&mut suffixes, id);
        }
        if !suffixes.is_empty() {
            let kind = ExprKind::Suffixed(target, suffixes);
            target = self.exprs.push(Expr { kind, begin, end: self.last });
        }
        let function = self.function_body(is_method, line);
        StatKind::Function(target, function, line)
    }

    fn local_function(&mut self) -> StatKind {
        let name = self.declare();
        let line = self.line();
        StatKind::LocalFunction(name, self.function_body(false, line))
    }

    fn local_statement(&mut self) -> StatKind {
        let mut names = List::default();
        loop {
            let name = self.declare();
            self.names.append(&mut names, name);
            if !self.accept(Token::Char(b',')) {
                break;
            }
        }
        let has_values = self.accept(Token::Char(b'='));
        StatKind::Local(names, if has_values { self.expr_list() } else { List::default() })
    }

    fn expr_statement(&mut self) -> StatKind {
        let first = self.primary_expr();
        if self.is_call(first) {
            return StatKind::Call(first);
        }
        let mut targets = List::default();
        self.exprs.append(&mut targets, first);
        let mut last = first;
        let mut count = 1;
        loop {
            if !self.is_assignable(last) {
                self.error("syntax error");
            }
            if !self.accept(Token::Char(b',')) {
                break;
            }
            last = self.primary_expr();
            // PUC recurses for each target, so that the limit is what its stack has left.
            if count > MAX_LEVELS - self.levels {
                self.error_limit(MAX_LEVELS - self.levels, "variables in assignment");
            }
            self.exprs.append(&mut targets, last);
            count += 1;
        }
        self.expect(Token::Char(b'='));
        StatKind::Assign(targets, self.expr_list())
    }

    fn is_call(&self, expr: Id<Expr>) -> bool {
        matches!(self.last_suffix(expr), Some(SuffixKind::Call(..)))
    }

    fn is_assignable(&self, expr: Id<Expr>) -> bool {
        match self.last_suffix(expr) {
            Some(suffix) => matches!(suffix, SuffixKind::Field(_) | SuffixKind::Index(_)),
            None => matches!(self.exprs[expr].kind, ExprKind::Name(_)),
        }
    }

    fn last_suffix(&self, expr: Id<Expr>) -> Option<SuffixKind> {
        let ExprKind::Suffixed(_, suffixes) = self.exprs[expr].kind else { return None };
        suffixes.last().map(|id| self.suffixes[id].kind)
    }

    /// Reads a name that is declared here.
    fn declare(&mut self) -> Id<Name> {
        let symbol = self.expect_name();
        self.count_locals(1);
        self.names.push(Name { symbol, end: self.last })
    }

    /// Local variables come into being, named or not.
    fn count_locals(&mut self, count: u32) {
        self.scope.locals += count;
        if self.scope.locals > MAX_LOCALS {
            self.error_limit(MAX_LOCALS, "local variables");
        }
    }

    /// Declares a name that the source does not spell out.
    fn declare_implicit(&mut self, params: &mut List<Name>, name: &[u8]) {
        let symbol = self.lexer.intern(name);
        self.count_locals(1);
        let id = self.names.push(Name { symbol, end: self.last });
        self.names.append(params, id);
    }

    /// Reads a function from its parameter list to its `end`.
    pub(super) fn function_body(&mut self, is_method: bool, line: u32) -> Id<Function> {
        let scope = FunctionScope { is_vararg: false, uses_vararg: false, loops: 0, locals: 0, line };
        let outer = std::mem::replace(&mut self.scope, scope);
        self.expect(Token::Char(b'('));
        let mut params = List::default();
        if is_method {
            self.declare_implicit(&mut params, b"self");
        }
        if self.token != Token::Char(b')') {
            loop {
                match self.token {
                    Token::Name(_) => {
                        let id = self.declare();
                        self.names.append(&mut params, id);
                    }
                    Token::Dots => {
                        self.advance();
                        self.scope.is_vararg = true;
                        // LUA_COMPAT_VARARG: a local of this name, filled unless the function uses `...`.
                        self.declare_implicit(&mut params, b"arg");
                    }
                    _ => {
                        self.error("<name> or '...' expected");
                        break;
                    }
                }
                if self.scope.is_vararg || !self.accept(Token::Char(b',')) {
                    break;
                }
            }
        }
        let params_end = self.last;
        self.expect(Token::Char(b')'));
        let body = self.block();
        let last_line = self.line();
        self.expect_match(Token::End, Token::Function, line);
        let scope = std::mem::replace(&mut self.scope, outer);
        self.functions.push(Function {
            params,
            body,
            is_vararg: scope.is_vararg,
            uses_vararg: scope.uses_vararg,
            line,
            last_line,
            params_end,
            end: self.last,
        })
    }
}

/// PUC's wording for an exceeded limit of the function that begins at `line` (0: a main chunk).
pub(crate) fn limit_message(line: u32, limit: u32, what: &str) -> String {
    match line {
        0 => format!("main function has more than {limit} {what}"),
        _ => format!("function at line {line} has more than {limit} {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn error(source: &str) -> String {
        parse(source.as_bytes(), b"=t").unwrap_err().to_string()
    }

    #[test]
    fn statements() {
        let ast = parse(b"local a, b = 1; function a.b:c(...) return ... end if a then elseif b then else end", b"=t");
        let ast = ast.unwrap();
        assert_eq!(ast.stats.iter(ast.main.body.stats).count(), 3);
        let function = ast.functions.iter(List::default()).count();
        assert_eq!(function, 0);
    }

    #[test]
    fn messages() {
        assert_eq!(error("x ="), "t:1: unexpected symbol near '<eof>'");
        assert_eq!(error("if x then\n\n"), "t:3: 'end' expected (to close 'if' at line 1) near '<eof>'");
        assert_eq!(error("break"), "t:1: no loop to break near '<eof>'");
        assert_eq!(error("f\n()"), "t:2: ambiguous syntax (function call x new statement) near '('");
        assert!(parse(b"x =", b"=t").unwrap_err().at_eof);
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |n: usize| format!("return {}1{}", "(".repeat(n), ")".repeat(n));
        assert!(parse(nested(196).as_bytes(), b"=t").is_ok());
        assert_eq!(error(&nested(197)), "t:1: chunk has too many syntax levels");
    }
}
