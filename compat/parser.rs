//! The old parser's syntax tree, made by the parser of [`crate::syntax`].
//!
//! What the old tree has no room for is not in it: positions, and parentheses around a call or `...`. What is long without
//! being nested is nested there, so its depth is limited.

use std::cell::Cell;

use super::ast::{
    Assignment, BinaryOperator, Block, CallArgs, Chunk, Expression, FunctionCall, FunctionName, LocalDeclaration,
    ReturnStatement, Statement, TableConstructor, TableField, UnaryOperator, Variable,
};
use super::error::{LuaError, LuaResult};
use super::lexer::{Token, TokenWithLocation};
use crate::compat::deprecation::{self, Api};
use crate::host_stack::with_room;
use crate::syntax::Symbol;
use crate::syntax::ast::{self as core, Ast, BinaryOp, ExprKind, FieldKind, Id, List, StatKind, SuffixKind, UnaryOp};

/// Nodes inside one another: the derived functions of the tree recurse.
const MAX_DEPTH: usize = 500;

/// Lines between two tokens.
const MAX_GAP: usize = 1 << 16;

/// Parses tokens.
#[derive(Debug)]
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::syntax::parse; see MIGRATION.md#old-compile")
)]
pub struct Parser {
    tokens: Vec<TokenWithLocation>,
}

impl Parser {
    /// A parser of these tokens.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::syntax::parse; see MIGRATION.md#old-compile")
    )]
    #[track_caller]
    pub fn new(tokens: Vec<TokenWithLocation>) -> Self {
        deprecation::used(Api::ParserNew);
        Parser { tokens }
    }

    /// The syntax tree of the tokens.
    ///
    /// # Errors
    /// [`LuaError::SyntaxError`] if they are no chunk.
    pub fn parse(&mut self) -> LuaResult<Chunk> {
        let mut source = String::new();
        let mut line = 1;
        for TokenWithLocation { token, line: wanted, .. } in &self.tokens {
            // Errors name the lines of the tokens, as far as tokens made by hand leave that sensible.
            let gap = wanted.saturating_sub(line).min(MAX_GAP);
            source.extend(std::iter::repeat_n('\n', gap));
            line += gap;
            match token {
                Token::Eof => break,
                Token::String(text) => source.push_str(&quoted(text)),
                // A numeral can be too large for a number.
                Token::Number(n) if n.is_infinite() => source.push_str("1e999"),
                Token::Number(n) if n.is_nan() => source.push_str("(0/0)"),
                Token::Number(n) => source.push_str(&format!("{n:?}")),
                other => source.push_str(&other.to_string()),
            }
            source.push(' ');
        }
        parse_named(&source, "=?")
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\{:03}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The syntax tree of a source text.
///
/// # Errors
/// [`LuaError::SyntaxError`]; [`LuaError::CompileError`] if an expression is too long for the tree.
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::syntax::parse; see MIGRATION.md#old-compile")
)]
#[track_caller]
pub fn parse(source: &str) -> LuaResult<Chunk> {
    deprecation::used(Api::ParserParse);
    parse_named(source, source)
}

fn parse_named(source: &str, name: &str) -> LuaResult<Chunk> {
    let ast =
        crate::syntax::parse(source.as_bytes(), name.as_bytes()).map_err(|error| LuaError::from_syntax(*error))?;
    let mut statements = Converter { ast: &ast, depth: Cell::new(0) }.block(ast.main.body)?.statements;
    let return_statement = match statements.pop() {
        Some(Statement::Return { expressions }) => Some(ReturnStatement { expressions }),
        last => {
            statements.extend(last);
            None
        }
    };
    Ok(Chunk { statements, return_statement })
}

struct Converter<'a> {
    ast: &'a Ast,
    /// Nodes around the current one, in the old tree.
    depth: Cell<usize>,
}

impl Converter<'_> {
    /// Converts what so many nodes more are around.
    fn inside<T>(&self, nodes: usize, convert: impl FnOnce() -> LuaResult<T>) -> LuaResult<T> {
        let around = self.depth.get();
        if nodes > MAX_DEPTH - around {
            let message = format!("a syntax tree of more than {MAX_DEPTH} nodes inside one another is too deep");
            return Err(LuaError::CompileError(message));
        }
        self.depth.set(around + nodes);
        let result = with_room(convert);
        self.depth.set(around);
        result.unwrap_or(Err(LuaError::OutOfMemory))
    }

    fn text(&self, symbol: Symbol) -> String {
        String::from_utf8_lossy(self.ast.symbols.bytes(symbol)).into_owned()
    }

    fn name(&self, name: Id<core::Name>) -> String {
        self.text(self.ast.names[name].symbol)
    }

    fn names(&self, names: List<core::Name>) -> Vec<String> {
        self.ast.names.iter(names).map(|name| self.name(name)).collect()
    }

    fn block(&self, block: core::Block) -> LuaResult<Block> {
        let statement = |stat| self.inside(1, || self.statement(self.ast.stats[stat].kind));
        let statements = self.ast.stats.iter(block.stats).map(statement);
        Ok(Block { statements: statements.collect::<LuaResult<_>>()? })
    }

    fn list(&self, list: List<core::Expr>) -> LuaResult<Vec<Expression>> {
        self.ast.exprs.iter(list).map(|expr| self.expression(expr)).collect()
    }

    fn function(&self, function: Id<core::Function>) -> LuaResult<(Vec<String>, bool, Block)> {
        let function = self.ast.functions[function];
        let mut parameters = self.names(function.params);
        if function.is_vararg {
            // The implicit `arg`.
            parameters.pop();
        }
        Ok((parameters, function.is_vararg, self.block(function.body)?))
    }

    fn statement(&self, kind: StatKind) -> LuaResult<Statement> {
        Ok(match kind {
            StatKind::Call(call) => match self.expression(call)? {
                Expression::FunctionCall(call) => Statement::FunctionCall(*call),
                _ => return Err(LuaError::InternalError("a statement is no call".to_owned())),
            },
            StatKind::Assign(targets, values) => {
                let targets = self.ast.exprs.iter(targets).map(|target| self.variable(target));
                Statement::Assignment(Assignment {
                    variables: targets.collect::<LuaResult<_>>()?,
                    expressions: self.list(values)?,
                })
            }
            StatKind::Local(names, values) => Statement::LocalDeclaration(LocalDeclaration {
                names: self.names(names),
                expressions: self.list(values)?,
            }),
            StatKind::LocalFunction(name, function) => {
                let (parameters, is_vararg, body) = self.function(function)?;
                Statement::LocalFunctionDefinition { name: self.name(name), parameters, is_vararg, body }
            }
            StatKind::Function(target, function, _) => {
                let (parameters, is_vararg, body) = self.function(function)?;
                let name = FunctionName { names: self.path(target), method: None };
                Statement::FunctionDefinition { name, parameters, is_vararg, body }
            }
            StatKind::Do(block) => Statement::Do(self.block(block)?),
            StatKind::While(condition, body) => {
                Statement::While { condition: self.expression(condition)?, body: self.block(body)? }
            }
            StatKind::Repeat(body, condition) => {
                Statement::Repeat { body: self.block(body)?, condition: self.expression(condition)? }
            }
            StatKind::If(clauses) => self.conditional(clauses)?,
            StatKind::NumericFor(variable, values, body, _) => {
                let mut values = self.list(values)?.into_iter();
                Statement::ForLoop {
                    variable: self.name(variable),
                    initial: values.next().unwrap_or(Expression::Nil),
                    limit: values.next().unwrap_or(Expression::Nil),
                    step: values.next(),
                    body: self.block(body)?,
                }
            }
            StatKind::GenericFor(names, values, body, _) => Statement::ForInLoop {
                variables: self.names(names),
                iterators: self.list(values)?,
                body: self.block(body)?,
            },
            StatKind::Return(values) => Statement::Return { expressions: self.list(values)? },
            StatKind::Break => Statement::Break,
        })
    }

    fn conditional(&self, clauses: List<core::Clause>) -> LuaResult<Statement> {
        let mut first = None;
        let (mut else_ifs, mut else_block) = (Vec::new(), None);
        for clause in self.ast.clauses.iter(clauses) {
            let clause = self.ast.clauses[clause];
            let body = self.block(clause.body)?;
            match clause.condition {
                None => else_block = Some(body),
                Some(condition) if first.is_none() => first = Some((self.expression(condition)?, body)),
                Some(condition) => else_ifs.push((self.expression(condition)?, body)),
            }
        }
        let (condition, body) = first.unwrap_or((Expression::Nil, Block::new()));
        Ok(Statement::If { condition, body, else_ifs, else_block })
    }

    /// The names of a function statement's target. A method is a field; its `self` is among the parameters.
    fn path(&self, target: Id<core::Expr>) -> Vec<String> {
        match self.ast.exprs[target].kind {
            ExprKind::Name(symbol) => vec![self.text(symbol)],
            ExprKind::Suffixed(first, suffixes) => {
                let fields =
                    self.ast.suffixes.iter(suffixes).filter_map(|suffix| match self.ast.suffixes[suffix].kind {
                        SuffixKind::Field(symbol) => Some(self.text(symbol)),
                        _ => None,
                    });
                self.path(first).into_iter().chain(fields).collect()
            }
            _ => Vec::new(),
        }
    }

    fn variable(&self, target: Id<core::Expr>) -> LuaResult<Variable> {
        match self.expression(target)? {
            Expression::Variable(variable) => Ok(variable),
            _ => Err(LuaError::InternalError("a target is no variable".to_owned())),
        }
    }

    fn expression(&self, expr: Id<core::Expr>) -> LuaResult<Expression> {
        self.inside(1, || self.expression_inside(expr))
    }

    fn expression_inside(&self, expr: Id<core::Expr>) -> LuaResult<Expression> {
        Ok(match self.ast.exprs[expr].kind {
            ExprKind::Nil => Expression::Nil,
            ExprKind::True => Expression::Boolean(true),
            ExprKind::False => Expression::Boolean(false),
            ExprKind::Vararg => Expression::VarArg,
            ExprKind::Number(n) => Expression::Number(n),
            ExprKind::String(symbol) => Expression::String(self.text(symbol)),
            ExprKind::Name(symbol) => Expression::Variable(Variable::Name(self.text(symbol))),
            ExprKind::Function(function) => {
                let (parameters, is_vararg, body) = self.function(function)?;
                Expression::FunctionDef { parameters, is_vararg, body }
            }
            ExprKind::Table(fields) => Expression::TableConstructor(self.table(fields)?),
            ExprKind::Paren(inner) => self.expression(inner)?,
            ExprKind::Suffixed(first, suffixes) => self.suffixed(first, suffixes)?,
            ExprKind::Unary(operator, operand) => Expression::UnaryOp {
                operator: match operator {
                    UnaryOp::Minus => UnaryOperator::Minus,
                    UnaryOp::Not => UnaryOperator::Not,
                    UnaryOp::Len => UnaryOperator::Length,
                },
                operand: Box::new(self.expression(operand)?),
            },
            ExprKind::Chain(first, links) => {
                // Each operator is inside the one after it.
                let mut left = self.inside(self.ast.links.iter(links).count(), || self.expression(first))?;
                for link in self.ast.links.iter(links) {
                    let link = self.ast.links[link];
                    let right = Box::new(self.expression(link.operand)?);
                    left = Expression::BinaryOp { left: Box::new(left), operator: operator(link.op), right };
                }
                left
            }
        })
    }

    fn suffixed(&self, first: Id<core::Expr>, suffixes: List<core::Suffix>) -> LuaResult<Expression> {
        // Each suffix is inside the one after it.
        let mut object = self.inside(self.ast.suffixes.iter(suffixes).count(), || self.expression(first))?;
        let mut method = None;
        for suffix in self.ast.suffixes.iter(suffixes) {
            let table = Box::new(object);
            object = match self.ast.suffixes[suffix].kind {
                SuffixKind::Field(symbol) => Expression::Variable(Variable::Member { table, field: self.text(symbol) }),
                SuffixKind::Index(key) => {
                    Expression::Variable(Variable::Index { table, key: Box::new(self.expression(key)?) })
                }
                SuffixKind::Method(symbol) => {
                    method = Some(self.text(symbol));
                    *table
                }
                SuffixKind::Call(args, _) => Expression::FunctionCall(Box::new(FunctionCall {
                    function: *table,
                    method: method.take(),
                    args: CallArgs::Args(self.list(args)?),
                })),
            };
        }
        Ok(object)
    }

    fn table(&self, fields: List<core::Field>) -> LuaResult<TableConstructor> {
        let fields = self.ast.fields.iter(fields).map(|field| {
            Ok(match self.ast.fields[field].kind {
                FieldKind::Item(value) => TableField::List(self.expression(value)?),
                FieldKind::Named(key, value) => {
                    TableField::Record { key: self.text(key), value: self.expression(value)? }
                }
                FieldKind::Keyed(key, value) => {
                    TableField::Index { key: self.expression(key)?, value: self.expression(value)? }
                }
            })
        });
        Ok(TableConstructor { fields: fields.collect::<LuaResult<_>>()? })
    }
}

fn operator(operator: BinaryOp) -> BinaryOperator {
    match operator {
        BinaryOp::Add => BinaryOperator::Add,
        BinaryOp::Sub => BinaryOperator::Sub,
        BinaryOp::Mul => BinaryOperator::Mul,
        BinaryOp::Div => BinaryOperator::Div,
        BinaryOp::Mod => BinaryOperator::Mod,
        BinaryOp::Pow => BinaryOperator::Pow,
        BinaryOp::Concat => BinaryOperator::Concat,
        BinaryOp::Ne => BinaryOperator::Ne,
        BinaryOp::Eq => BinaryOperator::Eq,
        BinaryOp::Lt => BinaryOperator::Lt,
        BinaryOp::Le => BinaryOperator::Le,
        BinaryOp::Gt => BinaryOperator::Gt,
        BinaryOp::Ge => BinaryOperator::Ge,
        BinaryOp::And => BinaryOperator::And,
        BinaryOp::Or => BinaryOperator::Or,
    }
}
