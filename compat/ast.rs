//! The syntax tree of the old parser.
//!
//! It has no positions, and its strings are text: source whose string literals hold other bytes cannot be shown in it exactly.
//! `goto` and labels are in it, but are no Lua 5.1: the parser makes none, and the compiler refuses them.

/// A chunk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// The `return` at its end.
    pub return_statement: Option<ReturnStatement>,
}

impl Chunk {
    /// An empty one.
    pub fn new() -> Self {
        Chunk::default()
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the parts of the statement in Lua's grammar (manual §8)")]
pub enum Statement {
    /// `a, b = c, d`
    Assignment(Assignment),
    /// `local a, b = c, d`
    LocalDeclaration(LocalDeclaration),
    /// A call.
    FunctionCall(FunctionCall),
    /// `::name::`
    LabelDefinition(String),
    /// `break`
    Break,
    /// `goto name`
    Goto(String),
    /// `do … end`
    Do(Block),
    /// `while … do … end`
    While { condition: Expression, body: Block },
    /// `repeat … until …`
    Repeat { body: Block, condition: Expression },
    /// `if … then … elseif … else … end`
    If { condition: Expression, body: Block, else_ifs: Vec<(Expression, Block)>, else_block: Option<Block> },
    /// `for a = b, c, d do … end`
    ForLoop { variable: String, initial: Expression, limit: Expression, step: Option<Expression>, body: Block },
    /// `for a, b in c, d do … end`
    ForInLoop { variables: Vec<String>, iterators: Vec<Expression>, body: Block },
    /// `function a.b:c(…) … end`
    FunctionDefinition { name: FunctionName, parameters: Vec<String>, is_vararg: bool, body: Block },
    /// `local function a(…) … end`
    LocalFunctionDefinition { name: String, parameters: Vec<String>, is_vararg: bool, body: Block },
    /// `return …`
    Return { expressions: Vec<Expression> },
}

/// A block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Its statements.
    pub statements: Vec<Statement>,
}

impl Block {
    /// An empty one.
    pub fn new() -> Self {
        Block::default()
    }
}

/// `variables = expressions`
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// What is assigned to.
    pub variables: Vec<Variable>,
    /// The values.
    pub expressions: Vec<Expression>,
}

/// `local names = expressions`
#[derive(Debug, Clone, PartialEq)]
pub struct LocalDeclaration {
    /// The names.
    pub names: Vec<String>,
    /// The values.
    pub expressions: Vec<Expression>,
}

/// What can be assigned to.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Variable {
    /// `name`
    Name(String),
    /// `table[key]`
    Index { table: Box<Expression>, key: Box<Expression> },
    /// `table.field`
    Member { table: Box<Expression>, field: String },
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Expression {
    /// `nil`
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(String),
    /// `...`
    VarArg,
    /// `function (…) … end`
    FunctionDef { parameters: Vec<String>, is_vararg: bool, body: Block },
    /// `{…}`
    TableConstructor(TableConstructor),
    /// `left op right`
    BinaryOp { left: Box<Expression>, operator: BinaryOperator, right: Box<Expression> },
    /// `op operand`
    UnaryOp { operator: UnaryOperator, operand: Box<Expression> },
    /// A variable.
    Variable(Variable),
    /// A call.
    FunctionCall(Box<FunctionCall>),
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "they are Lua's operators")]
pub enum BinaryOperator {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

/// A unary operator.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "they are Lua's operators")]
pub enum UnaryOperator {
    Not,
    Minus,
    Length,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    /// What is called; of a method, the object.
    pub function: Expression,
    /// The method's name.
    pub method: Option<String>,
    /// The arguments.
    pub args: CallArgs,
}

/// The arguments of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallArgs {
    /// `(a, b)`
    Args(Vec<Expression>),
    /// `{…}`
    Table(TableConstructor),
    /// `"…"`
    String(String),
}

/// `names[0].names[1]:method`
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionName {
    /// The names.
    pub names: Vec<String>,
    /// The name of the method.
    pub method: Option<String>,
}

/// `{…}`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableConstructor {
    /// Its fields.
    pub fields: Vec<TableField>,
}

impl TableConstructor {
    /// An empty one.
    pub fn new() -> Self {
        TableConstructor::default()
    }
}

/// A field of a table constructor.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum TableField {
    /// `key = value`
    Record { key: String, value: Expression },
    /// `[key] = value`
    Index { key: Expression, value: Expression },
    /// `value`
    List(Expression),
}

/// `return …`
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnStatement {
    /// The values.
    pub expressions: Vec<Expression>,
}
