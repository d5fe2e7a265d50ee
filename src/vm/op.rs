//! The core's own instructions: what the loop executes.
//!
//! A word has 64 bits: opcode 8, `A` 8, `B` 8, `C` 8, and `D` 32 on top, which is a jump distance (from the next word), a count, or
//! an inline cache. A constant operand is not in a table: it is the word behind (`+k`), so the loop needs no pointer to the
//! constants. Jumps that go back are words of their own, because they are safepoints.

macro_rules! define_ops {
    ($($(#[doc = $doc:literal])* $name:ident $(= $extra:literal)?,)*) => {
        /// An instruction of the core. Documented as `operands`: meaning; `+k` is a constant in the word behind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Op {
            $($(#[doc = $doc])* $name,)*
        }

        impl Op {
            /// Words that follow an instruction's first.
            pub(crate) const fn constants(self) -> usize {
                match self {
                    $(Op::$name => 0 $(+ $extra)?,)*
                }
            }

            pub(crate) const COUNT: usize = [$(Op::$name),*].len();
        }
    };
}

define_ops! {
    /// The function has not been lowered yet.
    Lower,
    /// `A B`: R(A) := R(B)
    Move,
    /// `A B C D`: R(A) := R(B); R(C) := R(D)
    Move2,
    /// `A +k`: R(A) := k
    LoadK = 1,
    /// `A`: R(A) := nil
    LoadNil,
    /// `A B`: R(A) … R(B) := nil
    LoadNils,
    /// `A`: R(A) := true
    LoadTrue,
    /// `A`: R(A) := false
    LoadFalse,
    /// `D`: forward
    Jump,
    /// `D`: backward; a safepoint
    JumpBack,
    /// `A B C D`: the same; the instructions of the loop, of which A, B and C tell the number, are counted against the limits
    JumpBackPaid,
    /// `A B`: R(A) := upvalue B
    GetUpval,
    /// `A B`: upvalue B := R(A)
    SetUpval,
    /// `A D +k`: R(A) := environment[k]; `D` caches the node
    GetGlobal = 1,
    /// `A D +k`: environment[k] := R(A); `D` caches the node
    SetGlobal = 1,
    /// `A B D +k`: R(A) := R(B)[k], k a short string; `D` caches the node
    GetField = 1,
    /// `A B C`: R(A) := R(B)[R(C)]
    GetIndex,
    /// `A B D`: R(A) := R(B)[D + 1]
    GetInt,
    /// `A B +k`: R(A) := R(B)[k]
    GetKey = 1,
    /// `A C D +k`: R(A)[k] := R(C), k a short string; `D` caches the node
    SetField = 1,
    /// `A D +k +v`: R(A)[k] := v
    SetFieldK = 2,
    /// `A B C`: R(A)[R(B)] := R(C)
    SetIndex,
    /// `A B +v`: R(A)[R(B)] := v
    SetIndexK = 1,
    /// `A C D`: R(A)[D + 1] := R(C)
    SetInt,
    /// `A D +v`: R(A)[D + 1] := v
    SetIntK = 1,
    /// `A C +k`: R(A)[k] := R(C)
    SetKey = 1,
    /// `A +k +v`: R(A)[k] := v
    SetKeyK = 2,
    /// `A`: R(A) := {}
    NewTable,
    /// `A D +n`: R(A) := {}, with room for D elements and n other keys
    NewTableSized = 1,
    /// `A D +n`: R(A) := {}, with room for D elements and the keys of template n
    NewTableLike = 1,
    /// `A B D +k`: R(A+1) := R(B); R(A) := R(B)[k], k a short string; `D` caches the node, `C` that of `__index`
    SelfField = 1,
    /// `A B C`: R(A+1) := R(B); R(A) := R(B)[R(C)]
    SelfIndex,
    /// `A B +k`: R(A+1) := R(B); R(A) := R(B)[k]
    SelfKey = 1,
    /// `A B C`: R(A) := R(B) + R(C)
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    /// `A B +k`: R(A) := R(B) + k
    AddK = 1,
    SubK = 1,
    MulK = 1,
    DivK = 1,
    ModK = 1,
    PowK = 1,
    /// `A C +k`: R(A) := k + R(C)
    KAdd = 1,
    KSub = 1,
    KMul = 1,
    KDiv = 1,
    KMod = 1,
    KPow = 1,
    /// `A B`: R(A) := -R(B)
    Unm,
    /// `A B`: R(A) := not R(B)
    Not,
    /// `A B`: R(A) := #R(B)
    Len,
    /// `A B C`: R(A) := R(B) .. … .. R(C)
    Concat,
    /// `A B D`: jump if R(A) == R(B)
    JumpEq,
    JumpNe,
    /// `A B D +k`: jump if R(A) == k, which is no number; `B` is 1 if k is a long string
    JumpEqK = 1,
    JumpNeK = 1,
    /// `A D +k`: jump if R(A) == k, a number
    JumpEqN = 1,
    JumpNeN = 1,
    /// `A B D`: jump if R(A) < R(B)
    JumpLt,
    JumpNlt,
    /// `A D +k`: jump if R(A) < k
    JumpLtK = 1,
    JumpNltK = 1,
    /// `B D +k`: jump if k < R(B)
    JumpKLt = 1,
    JumpNkLt = 1,
    /// `A B D`: jump if R(A) <= R(B)
    JumpLe,
    JumpNle,
    JumpLeK = 1,
    JumpNleK = 1,
    JumpKLe = 1,
    JumpNkLe = 1,
    /// `A D`: jump if R(A) is true
    JumpIf,
    JumpIfNot,
    /// `A B D`: if R(B) is true, R(A) := R(B) and jump
    JumpIfSet,
    JumpIfNotSet,
    /// `A B C`: call R(A) with B arguments for C results (255: all)
    Call,
    /// `A C`: call R(A) with the arguments up to the top
    CallOpen,
    /// `A B C D`: `Call` (D = 1: `CallOpen`) in full, as hooks are to see it
    CallFull,
    /// `A B`: return R(A)(B arguments)
    TailCall,
    /// `A`: return R(A)(the arguments up to the top)
    TailCallOpen,
    /// return
    Return0,
    /// `A`: return R(A)
    Return1,
    /// `A D`: return D values from R(A)
    Return,
    /// `A`: return the values from R(A) to the top
    ReturnOpen,
    /// `A D`: like `Return` (D = -1: `ReturnOpen`), of a function that has captured registers or variable arguments
    ReturnSlow,
    /// `A D`: numeric loop: prepare, or jump out
    ForPrep,
    /// `A D`: numeric loop: prepare, and jump to its `ForLoop`, where hooks see it begin
    ForStart,
    /// `A D`: numeric loop: step and jump back
    ForLoop,
    /// `A D`: the same, for a step known to be positive
    ForLoopUp,
    /// `A B C D`: `ForLoop`; the instructions of the loop, of which B and C tell the number, are counted against the limits
    ForLoopPaid,
    /// `A B C D`: likewise, `ForLoopUp`
    ForLoopUpPaid,
    /// `A C D`: generic loop: C values from the iterator, then the `JumpBack` behind or past it; `D` caches a position
    ForIn,
    /// `A C`: the same with a call of the iterator whatever it is, as hooks are to see it
    ForInCall,
    /// `A B D`: R(A)[D + i] := R(A + i), 1 ≤ i ≤ B
    SetList,
    /// `A D`: the same, up to the top
    SetListOpen,
    /// `A D`: R(A) … := D variable arguments (-1: all)
    VarArg,
    /// `A D`: R(A) := closure of constant D
    Closure,
    /// `A`: close the upvalues from R(A) on
    Close,
    /// `D`: the work of the instruction at classic pc D is counted against the limits; D is the number of instructions
    Fuel,
    /// `D`: a hook may be due before the instruction at classic pc D
    Hook,
    /// `A`: a call hook (0) or a return hook (1) may be due
    HookCall,
    /// `D`: the instruction at classic pc D is counted in the profile
    Profile,
    /// `C D`: the instruction at classic pc D is executed by its old handler; C is 1 if that allocates
    Foreign,
    /// `D`: jump. Behind the `Foreign` of a comparison: what the outcome of a metamethod decides
    Skip,
    /// `A D`: the handler of the instruction at classic pc D makes its step, which the core is compared with; A is 1 if the old
    /// answer stands
    Shadow,
    /// `D +n`: the instruction at classic pc D has gone on at classic pc n
    ShadowEnd = 1,
    /// a function begins, in a shadow run
    ShadowEntry,
    /// `A`: R(A) := another value; a planted fault
    Corrupt,
}

impl Op {
    #[inline(always)]
    pub(crate) fn of(word: u64) -> Op {
        debug_assert!((word as u8 as usize) < Op::COUNT, "an opcode that lowering does not make");
        // SAFETY: words come from lowering alone, whose opcodes are `Op`s.
        unsafe { std::mem::transmute(word as u8) }
    }
}

/// Puts a word together.
pub(crate) fn word(op: Op, a: u32, b: u32, c: u32, d: u32) -> u64 {
    debug_assert!(a < 256 && b < 256 && c < 256);
    op as u64 | u64::from(a) << 8 | u64::from(b) << 16 | u64::from(c) << 24 | u64::from(d) << 32
}

/// Operand `A` of a word.
#[inline(always)]
pub(crate) fn a(word: u64) -> usize {
    (word >> 8) as u8 as usize
}

/// Operand `B` of a word.
#[inline(always)]
pub(crate) fn b(word: u64) -> usize {
    (word >> 16) as u8 as usize
}

/// Operand `C` of a word.
#[inline(always)]
pub(crate) fn c(word: u64) -> usize {
    (word >> 24) as u8 as usize
}

/// Operand `D` of a word, as a distance.
#[inline(always)]
pub(crate) fn d(word: u64) -> isize {
    (word as i64 >> 32) as isize
}

/// Operand `D` of a word, as a count or an inline cache.
#[inline(always)]
pub(crate) fn hint(word: u64) -> u32 {
    (word >> 32) as u32
}
