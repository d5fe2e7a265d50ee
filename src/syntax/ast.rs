//! The syntax tree.
//!
//! Nodes live in one [`Arena`] per kind and refer to each other by [`Id`]; lists are linked through the nodes
//! themselves, so that building, walking and dropping a tree is linear and needs no recursion of its own. What can be
//! long without being nested is a list here as it is a loop in PUC's parser: the operators of one precedence level
//! ([`ExprKind::Chain`]), the suffixes of a primary expression, the clauses of an `if`. What remains nested is limited
//! to Lua's 200 syntax levels.
//!
//! Each node has the positions just before and just after its tokens. Line information in Lua 5.1 depends on which
//! token had been read when an instruction was generated, and these positions say exactly that.

use std::marker::PhantomData;
use std::num::NonZeroU32;

use super::{Symbol, Symbols};

/// A position between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pos {
    /// Offset just after the earlier token.
    pub offset: u32,
    /// Line of the earlier token's last byte; 1 before the first token.
    pub line: u32,
}

impl Pos {
    pub(crate) const START: Pos = Pos { offset: 0, line: 1 };
    /// What comes after a syntax error.
    pub(crate) const LOST: Pos = Pos { offset: u32::MAX, line: 0 };
}

/// The number of a node in the arena of its type.
pub struct Id<T>(NonZeroU32, PhantomData<fn() -> T>);

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> std::fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A list of nodes of one arena. A node is in one list at most.
pub struct List<T> {
    first: Option<Id<T>>,
    last: Option<Id<T>>,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> std::fmt::Debug for List<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}..={:?}", self.first, self.last)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { first: None, last: None }
    }
}

impl<T> List<T> {
    /// The first node.
    pub fn first(self) -> Option<Id<T>> {
        self.first
    }

    /// The last node.
    pub fn last(self) -> Option<Id<T>> {
        self.last
    }

    /// Whether there is no node in it.
    pub fn is_empty(self) -> bool {
        self.first.is_none()
    }
}

#[derive(Debug, Clone)]
struct Node<T> {
    value: T,
    next: Option<Id<T>>,
}

/// All nodes of one type.
#[derive(Debug, Clone)]
pub struct Arena<T> {
    nodes: Vec<Node<T>>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena { nodes: Vec::new() }
    }
}

impl<T> Arena<T> {
    /// Removes all nodes.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
    }

    /// Bytes it occupies.
    pub(super) fn size(&self) -> usize {
        self.nodes.capacity() * size_of::<Node<T>>()
    }

    /// Adds a node that is in no list.
    pub fn push(&mut self, value: T) -> Id<T> {
        self.nodes.push(Node { value, next: None });
        // A node takes at least one byte of source, and a source is shorter than 4 GiB.
        let number = u32::try_from(self.nodes.len()).ok().and_then(NonZeroU32::new);
        Id(number.expect("fewer nodes than bytes of source"), PhantomData)
    }

    /// Appends a node to a list.
    pub fn append(&mut self, list: &mut List<T>, id: Id<T>) {
        match list.last {
            Some(last) => self.nodes[last.0.get() as usize - 1].next = Some(id),
            None => list.first = Some(id),
        }
        list.last = Some(id);
    }

    /// The node after `id` in its list.
    pub fn next(&self, id: Id<T>) -> Option<Id<T>> {
        self.nodes[id.0.get() as usize - 1].next
    }

    /// The nodes of a list, in order.
    pub fn iter(&self, list: List<T>) -> impl Iterator<Item = Id<T>> + '_ {
        std::iter::successors(list.first, |&id| self.next(id))
    }
}

impl<T> std::ops::Index<Id<T>> for Arena<T> {
    type Output = T;

    fn index(&self, id: Id<T>) -> &T {
        &self.nodes[id.0.get() as usize - 1].value
    }
}

impl<T> std::ops::IndexMut<Id<T>> for Arena<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.nodes[id.0.get() as usize - 1].value
    }
}

/// A parsed chunk.
#[derive(Debug, Default)]
pub struct Ast {
    /// Expressions.
    pub exprs: Arena<Expr>,
    /// Operators of chains, each with its right operand.
    pub links: Arena<Link>,
    /// Suffixes.
    pub suffixes: Arena<Suffix>,
    /// Fields of table constructors.
    pub fields: Arena<Field>,
    /// Statements.
    pub stats: Arena<Stat>,
    /// Clauses of `if` statements.
    pub clauses: Arena<Clause>,
    /// Declared names: parameters, locals and loop variables.
    pub names: Arena<Name>,
    /// Function bodies.
    pub functions: Arena<Function>,
    /// The interned names and strings.
    pub symbols: Symbols,
    /// The chunk as a function.
    pub main: Function,
}

impl Ast {
    /// Bytes it occupies.
    pub(crate) fn size(&self) -> usize {
        let nodes = self.exprs.size() + self.links.size() + self.suffixes.size() + self.fields.size();
        let others = self.stats.size() + self.clauses.size() + self.names.size() + self.functions.size();
        nodes + others + self.symbols.size()
    }
}

/// A name that is declared.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// The name.
    pub symbol: Symbol,
    /// Just after it.
    pub end: Pos,
}

/// An expression.
#[derive(Debug, Clone, Copy)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Before its first token.
    pub begin: Pos,
    /// After its last token.
    pub end: Pos,
}

/// The kinds of expressions.
#[derive(Debug, Clone, Copy)]
pub enum ExprKind {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// `...`
    Vararg,
    /// A numeral.
    Number(f64),
    /// A string literal.
    String(Symbol),
    /// A variable.
    Name(Symbol),
    /// `function (...) ... end`
    Function(Id<Function>),
    /// `{...}`
    Table(List<Field>),
    /// `(e)`
    Paren(Id<Expr>),
    /// A primary expression with at least one suffix.
    Suffixed(Id<Expr>, List<Suffix>),
    /// An unary operator and its operand.
    Unary(UnaryOp, Id<Expr>),
    /// An operand and at least one operator with its right operand, to be applied from left to right. Operands that
    /// bind tighter are chains of their own.
    Chain(Id<Expr>, List<Link>),
}

/// An operator of a chain with its right operand.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The operator.
    pub op: BinaryOp,
    /// The right operand; it begins just after the operator.
    pub operand: Id<Expr>,
}

/// A suffix of a primary expression.
#[derive(Debug, Clone, Copy)]
pub struct Suffix {
    /// What it is.
    pub kind: SuffixKind,
    /// After its last token.
    pub end: Pos,
}

/// The kinds of suffixes.
#[derive(Debug, Clone, Copy)]
pub enum SuffixKind {
    /// `.name`
    Field(Symbol),
    /// `[e]`
    Index(Id<Expr>),
    /// `(...)`, `"..."` or `{...}`; with the line a call belongs to.
    Call(List<Expr>, u32),
    /// `:name`; the call itself is the next suffix.
    Method(Symbol),
}

/// A field of a table constructor.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What it is.
    pub kind: FieldKind,
    /// Before its first token.
    pub begin: Pos,
}

/// The kinds of fields.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind {
    /// `e`
    Item(Id<Expr>),
    /// `name = e`
    Named(Symbol, Id<Expr>),
    /// `[e] = e`
    Keyed(Id<Expr>, Id<Expr>),
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `not`
    Not,
    /// `#`
    Len,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `..`
    Concat,
    /// `~=`
    Ne,
    /// `==`
    Eq,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `and`
    And,
    /// `or`
    Or,
}

/// A sequence of statements with a scope of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Block {
    /// The statements.
    pub stats: List<Stat>,
    /// After what opens the block.
    pub begin: Pos,
    /// After the last token of the last statement, or of what opens the block.
    pub end: Pos,
}

/// A statement.
#[derive(Debug, Clone, Copy)]
pub struct Stat {
    /// What it is.
    pub kind: StatKind,
    /// After its last token, not counting a semicolon.
    pub end: Pos,
}

/// The kinds of statements.
#[derive(Debug, Clone, Copy)]
pub enum StatKind {
    /// A call.
    Call(Id<Expr>),
    /// `targets = values`
    Assign(List<Expr>, List<Expr>),
    /// `local names = values`
    Local(List<Name>, List<Expr>),
    /// `local function name`
    LocalFunction(Id<Name>, Id<Function>),
    /// `function target`; with the line of the word `function`.
    Function(Id<Expr>, Id<Function>, u32),
    /// `do ... end`
    Do(Block),
    /// `while e do ... end`
    While(Id<Expr>, Block),
    /// `repeat ... until e`
    Repeat(Block, Id<Expr>),
    /// `if`: the clauses; the last has no condition if it is an `else`.
    If(List<Clause>),
    /// `for name = values do ... end`; the variable, two or three values, the body, the line of `for`.
    NumericFor(Id<Name>, List<Expr>, Block, u32),
    /// `for names in values do ... end`; with the line of the first token after `in`.
    GenericFor(List<Name>, List<Expr>, Block, u32),
    /// `return values`
    Return(List<Expr>),
    /// `break`
    Break,
}

/// A clause of an `if` statement.
#[derive(Debug, Clone, Copy)]
pub struct Clause {
    /// Its condition; an `else` has none.
    pub condition: Option<Id<Expr>>,
    /// Its block.
    pub body: Block,
}

/// A function body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Function {
    /// Its parameters, with an implicit `self` first; a vararg function's implicit `arg` is the last.
    pub params: List<Name>,
    /// Its statements.
    pub body: Block,
    /// Whether it has `...` as its last parameter.
    pub is_vararg: bool,
    /// Whether its code uses `...`.
    pub uses_vararg: bool,
    /// The line its definition is said to begin at.
    pub line: u32,
    /// The line of its `end`.
    pub last_line: u32,
    /// After the parameter list.
    pub params_end: Pos,
    /// After its `end`.
    pub end: Pos,
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn lists_keep_their_order() {
        let mut arena = Arena::default();
        let mut list = List::default();
        for value in [3, 1, 2] {
            let id = arena.push(value);
            arena.append(&mut list, id);
        }
        let values: Vec<i32> = arena.iter(list).map(|id| arena[id]).collect();
        assert_eq!(values, [3, 1, 2]);
    }

    #[test]
    fn nodes_are_small() {
        assert!(size_of::<Expr>() <= 32);
        assert!(size_of::<Stat>() <= 64);
    }
}
