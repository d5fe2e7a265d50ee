//! A syntax tree as source text, for the compiler.
//!
//! Trees can be made by hand, so names are checked, and nesting is limited before the compiler's own limit is met.

use super::ast::{
    BinaryOperator, Block, CallArgs, Chunk, Expression, FunctionCall, Statement, TableConstructor, TableField,
    UnaryOperator, Variable,
};
use super::error::{LuaError, LuaResult};
use crate::syntax::Token;

/// Nodes inside one another.
const MAX_DEPTH: usize = 1000;

/// The source text of a chunk.
pub(super) fn source_of(chunk: &Chunk) -> LuaResult<String> {
    let mut writer = Writer { out: String::new(), depth: 0 };
    writer.statements(&chunk.statements)?;
    if let Some(last) = &chunk.return_statement {
        writer.out.push_str("return ");
        writer.list(&last.expressions)?;
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
    depth: usize,
}

fn refuse<T>(what: impl Into<String>) -> LuaResult<T> {
    Err(LuaError::CompileError(what.into()))
}

impl Writer {
    fn nested<R>(&mut self, f: impl FnOnce(&mut Self) -> LuaResult<R>) -> LuaResult<R> {
        if self.depth == MAX_DEPTH {
            return refuse("the syntax tree nests too deep");
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self, name: &str) -> LuaResult<()> {
        let mut bytes = name.bytes();
        let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let is_name = starts && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name || Token::keyword(name.as_bytes()).is_some() {
            return refuse(format!("'{name}' is not a name"));
        }
        self.text(name);
        Ok(())
    }

    fn names(&mut self, names: &[String]) -> LuaResult<()> {
        for (place, name) in names.iter().enumerate() {
            if place > 0 {
                self.text(", ");
            }
            self.name(name)?;
        }
        Ok(())
    }

    fn list(&mut self, expressions: &[Expression]) -> LuaResult<()> {
        for (place, expression) in expressions.iter().enumerate() {
            if place > 0 {
                self.text(", ");
            }
            self.expression(expression, 0)?;
        }
        Ok(())
    }

    fn statements(&mut self, statements: &[Statement]) -> LuaResult<()> {
        for statement in statements {
            self.nested(|writer| writer.statement(statement))?;
            self.text(";\n");
        }
        Ok(())
    }

    /// A block and its `end`.
    fn body(&mut self, block: &Block) -> LuaResult<()> {
        self.text("\n");
        self.statements(&block.statements)?;
        self.text("end");
        Ok(())
    }

    fn function(&mut self, parameters: &[String], is_vararg: bool, body: &Block) -> LuaResult<()> {
        self.text("(");
        self.names(parameters)?;
        match (is_vararg, parameters.is_empty()) {
            (true, true) => self.text("..."),
            (true, false) => self.text(", ..."),
            (false, _) => {}
        }
        self.text(")");
        self.body(body)
    }

    fn statement(&mut self, statement: &Statement) -> LuaResult<()> {
        match statement {
            Statement::Assignment(assignment) => {
                for (place, variable) in assignment.variables.iter().enumerate() {
                    if place > 0 {
                        self.text(", ");
                    }
                    self.variable(variable)?;
                }
                self.text(" = ");
                self.list(&assignment.expressions)
            }
            Statement::LocalDeclaration(local) => {
                self.text("local ");
                self.names(&local.names)?;
                if !local.expressions.is_empty() {
                    self.text(" = ");
                    self.list(&local.expressions)?;
                }
                Ok(())
            }
            Statement::FunctionCall(call) => self.call(call),
            Statement::LabelDefinition(name) => refuse(format!("label '{name}': Lua 5.1 has no labels")),
            Statement::Goto(name) => refuse(format!("goto {name}: Lua 5.1 has no goto")),
            Statement::Break => {
                self.text("break");
                Ok(())
            }
            Statement::Do(block) => {
                self.text("do");
                self.body(block)
            }
            Statement::While { condition, body } => {
                self.text("while ");
                self.expression(condition, 0)?;
                self.text(" do");
                self.body(body)
            }
            Statement::Repeat { body, condition } => {
                self.text("repeat\n");
                self.statements(&body.statements)?;
                self.text("until ");
                self.expression(condition, 0)
            }
            Statement::If { condition, body, else_ifs, else_block } => {
                self.text("if ");
                self.expression(condition, 0)?;
                self.text(" then\n");
                self.statements(&body.statements)?;
                for (condition, body) in else_ifs {
                    self.text("elseif ");
                    self.expression(condition, 0)?;
                    self.text(" then\n");
                    self.statements(&body.statements)?;
                }
                if let Some(body) = else_block {
                    self.text("else\n");
                    self.statements(&body.statements)?;
                }
                self.text("end");
                Ok(())
            }
            Statement::ForLoop { variable, initial, limit, step, body } => {
                self.text("for ");
                self.name(variable)?;
                self.text(" = ");
                self.expression(initial, 0)?;
                for value in [Some(limit), step.as_ref()].into_iter().flatten() {
                    self.text(", ");
                    self.expression(value, 0)?;
                }
                self.text(" do");
                self.body(body)
            }
            Statement::ForInLoop { variables, iterators, body } => {
                self.text("for ");
                self.names(variables)?;
                self.text(" in ");
                self.list(iterators)?;
                self.text(" do");
                self.body(body)
            }
            Statement::FunctionDefinition { name, parameters, is_vararg, body } => {
                self.text("function ");
                for (place, part) in name.names.iter().enumerate() {
                    if place > 0 {
                        self.text(".");
                    }
                    self.name(part)?;
                }
                if let Some(method) = &name.method {
                    self.text(":");
                    self.name(method)?;
                }
                self.function(parameters, *is_vararg, body)
            }
            Statement::LocalFunctionDefinition { name, parameters, is_vararg, body } => {
                self.text("local function ");
                self.name(name)?;
                self.function(parameters, *is_vararg, body)
            }
            Statement::Return { expressions } => {
                self.text("return ");
                self.list(expressions)
            }
        }
    }

    /// What can be indexed and called without parentheses, or else in them.
    fn prefix(&mut self, expression: &Expression) -> LuaResult<()> {
        self.nested(|writer| match expression {
            Expression::Variable(variable) => writer.variable(variable),
            Expression::FunctionCall(call) => writer.call(call),
            other => {
                writer.text("(");
                writer.expression(other, 0)?;
                writer.text(")");
                Ok(())
            }
        })
    }

    fn variable(&mut self, variable: &Variable) -> LuaResult<()> {
        match variable {
            Variable::Name(name) => self.name(name),
            Variable::Index { table, key } => {
                self.prefix(table)?;
                self.text("[");
                self.expression(key, 0)?;
                self.text("]");
                Ok(())
            }
            Variable::Member { table, field } => {
                self.prefix(table)?;
                self.text(".");
                self.name(field)
            }
        }
    }

    fn call(&mut self, call: &FunctionCall) -> LuaResult<()> {
        self.prefix(&call.function)?;
        if let Some(method) = &call.method {
            self.text(":");
            self.name(method)?;
        }
        match &call.args {
            CallArgs::Args(args) => {
                self.text("(");
                self.list(args)?;
                self.text(")");
                Ok(())
            }
            CallArgs::Table(table) => self.table(table),
            CallArgs::String(text) => {
                self.text("(");
                self.string(text);
                self.text(")");
                Ok(())
            }
        }
    }

    fn string(&mut self, text: &str) {
        use std::fmt::Write as _;
        self.text("\"");
        for byte in text.chars() {
            match byte {
                '"' | '\\' => self.out.extend(['\\', byte]),
                byte if byte.is_ascii_control() => {
                    // Writing to a string does not fail.
                    let _ = write!(self.out, "\\{:03}", byte as u32);
                }
                other => self.out.push(other),
            }
        }
        self.text("\"");
    }

    fn number(&mut self, n: f64) {
        let text = match n {
            n if n.is_nan() => "(0/0)".to_owned(),
            n if n.is_infinite() => if n > 0.0 { "(1/0)" } else { "(-1/0)" }.to_owned(),
            n if n.is_sign_negative() => format!("({n:?})"),
            n => format!("{n:?}"),
        };
        self.text(&text);
    }

    fn table(&mut self, table: &TableConstructor) -> LuaResult<()> {
        self.text("{");
        for field in &table.fields {
            let value = match field {
                TableField::Record { key, value } => {
                    self.name(key)?;
                    self.text(" = ");
                    value
                }
                TableField::Index { key, value } => {
                    self.text("[");
                    self.expression(key, 0)?;
                    self.text("] = ");
                    value
                }
                TableField::List(value) => value,
            };
            self.expression(value, 0)?;
            self.text(", ");
        }
        self.text("}");
        Ok(())
    }

    /// An expression, in parentheses if its operator binds no tighter than `outside`.
    fn expression(&mut self, expression: &Expression, outside: u8) -> LuaResult<()> {
        self.nested(|writer| writer.expression_inner(expression, outside))
    }

    fn expression_inner(&mut self, expression: &Expression, outside: u8) -> LuaResult<()> {
        match expression {
            Expression::Nil => self.text("nil"),
            Expression::Boolean(b) => self.text(if *b { "true" } else { "false" }),
            Expression::Number(n) => self.number(*n),
            Expression::String(text) => self.string(text),
            Expression::VarArg => self.text("..."),
            Expression::FunctionDef { parameters, is_vararg, body } => {
                self.text("function");
                self.function(parameters, *is_vararg, body)?;
            }
            Expression::TableConstructor(table) => self.table(table)?,
            Expression::Variable(variable) => self.variable(variable)?,
            Expression::FunctionCall(call) => self.call(call)?,
            Expression::UnaryOp { operator, operand } => {
                let parenthesised = outside > UNARY;
                self.text(if parenthesised { "(" } else { "" });
                self.text(match operator {
                    UnaryOperator::Not => "not ",
                    UnaryOperator::Minus => "- ",
                    UnaryOperator::Length => "#",
                });
                self.expression(operand, UNARY)?;
                self.text(if parenthesised { ")" } else { "" });
            }
            Expression::BinaryOp { left, operator, right } => {
                let (text, left_binds, right_binds) = operator_text(*operator);
                let parenthesised = left_binds < outside;
                self.text(if parenthesised { "(" } else { "" });
                // A left-associative operator takes its equals on the left, a right-associative one on the right.
                let is_right = left_binds > right_binds;
                self.expression(left, if is_right { left_binds + 1 } else { left_binds })?;
                self.text(text);
                self.expression(right, if is_right { right_binds } else { right_binds + 1 })?;
                self.text(if parenthesised { ")" } else { "" });
            }
        }
        Ok(())
    }
}

/// How tight unary operators bind.
const UNARY: u8 = 8;

/// How an operator is written, and how tight it binds on both sides (as in PUC's parser).
fn operator_text(operator: BinaryOperator) -> (&'static str, u8, u8) {
    use BinaryOperator as B;
    match operator {
        B::Or => (" or ", 1, 1),
        B::And => (" and ", 2, 2),
        B::Lt => (" < ", 3, 3),
        B::Gt => (" > ", 3, 3),
        B::Le => (" <= ", 3, 3),
        B::Ge => (" >= ", 3, 3),
        B::Ne => (" ~= ", 3, 3),
        B::Eq => (" == ", 3, 3),
        B::Concat => (" .. ", 5, 4),
        B::Add => (" + ", 6, 6),
        B::Sub => (" - ", 6, 6),
        B::Mul => (" * ", 7, 7),
        B::Div => (" / ", 7, 7),
        B::Mod => (" % ", 7, 7),
        B::Pow => (" ^ ", 10, 9),
    }
}
