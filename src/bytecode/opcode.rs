//! The opcode table: the one place where an opcode is described.
//!
//! `for_each_opcode!` hands the table to any macro. From it come the enum and its numbers, the names, the operand
//! formats, the groups and effect classes, the listing and the documentation, and later the routes and metrics. To
//! add an opcode, add a row here.

/// Calls `$callback!` with one row per opcode:
/// `number Variant "NAME" (A B C) Group Effect "meaning"`, where the operands are words of [`Operand`].
#[macro_export]
#[doc(hidden)]
macro_rules! for_each_opcode {
    ($callback:ident) => {
        $callback! {
            0  Move     "MOVE"      ABC(Target Register Unused)        Load    Pure    "R(A) := R(B)"
            1  LoadK    "LOADK"     ABx(Target Constant)               Load    Pure    "R(A) := K(Bx)"
            2  LoadBool "LOADBOOL"  ABC(Target Count Count)            Load    Pure    "R(A) := (Bool)B; if (C) pc++"
            3  LoadNil  "LOADNIL"   ABC(Target Register Unused)        Load    Pure    "R(A) := ... := R(B) := nil"
            4  GetUpval "GETUPVAL"  ABC(Target Upvalue Unused)         Upvalue Read    "R(A) := UpValue[B]"
            5  GetGlobal "GETGLOBAL" ABx(Target Constant)              Global  Meta    "R(A) := Gbl[K(Bx)]"
            6  SetGlobal "SETGLOBAL" ABx(Register Constant)            Global  Write   "Gbl[K(Bx)] := R(A)"
            7  SetUpval "SETUPVAL"  ABC(Register Upvalue Unused)       Upvalue Write   "UpValue[B] := R(A)"
            8  GetTable "GETTABLE"  ABC(Target Register Rk)            Table   Meta    "R(A) := R(B)[RK(C)]"
            9  SetTable "SETTABLE"  ABC(Register Rk Rk)                Table   Write   "R(A)[RK(B)] := RK(C)"
            10 NewTable "NEWTABLE"  ABC(Target Count Count)            Table   Alloc   "R(A) := {} (size = B,C)"
            11 Self_    "SELF"      ABC(Target Register Rk)            Table   Meta    "R(A+1) := R(B); R(A) := R(B)[RK(C)]"
            12 Add      "ADD"       ABC(Target Rk Rk)                  Arith   Meta    "R(A) := RK(B) + RK(C)"
            13 Sub      "SUB"       ABC(Target Rk Rk)                  Arith   Meta    "R(A) := RK(B) - RK(C)"
            14 Mul      "MUL"       ABC(Target Rk Rk)                  Arith   Meta    "R(A) := RK(B) * RK(C)"
            15 Div      "DIV"       ABC(Target Rk Rk)                  Arith   Meta    "R(A) := RK(B) / RK(C)"
            16 Mod      "MOD"       ABC(Target Rk Rk)                  Arith   Meta    "R(A) := RK(B) % RK(C)"
            17 Pow      "POW"       ABC(Target Rk Rk)                  Arith   Meta    "R(A) := RK(B) ^ RK(C)"
            18 Unm      "UNM"       ABC(Target Register Unused)        Arith   Meta    "R(A) := -R(B)"
            19 Not      "NOT"       ABC(Target Register Unused)        Load    Pure    "R(A) := not R(B)"
            20 Len      "LEN"       ABC(Target Register Unused)        String  Meta    "R(A) := length of R(B)"
            21 Concat   "CONCAT"    ABC(Target Register Register)      String  Meta    "R(A) := R(B).. ... ..R(C)"
            22 Jmp      "JMP"       AsBx(Unused Jump)                  Jump    Pure    "pc+=sBx"
            23 Eq       "EQ"        ABC(Count Rk Rk)                   Compare Meta    "if ((RK(B) == RK(C)) ~= A) then pc++"
            24 Lt       "LT"        ABC(Count Rk Rk)                   Compare Meta    "if ((RK(B) < RK(C)) ~= A) then pc++"
            25 Le       "LE"        ABC(Count Rk Rk)                   Compare Meta    "if ((RK(B) <= RK(C)) ~= A) then pc++"
            26 Test     "TEST"      ABC(Register Unused Count)         Jump    Pure    "if not (R(A) <=> C) then pc++"
            27 TestSet  "TESTSET"   ABC(Target Register Count)         Jump    Pure    "if (R(B) <=> C) then R(A) := R(B) else pc++"
            28 Call     "CALL"      ABC(Register Count Count)          Call    Call    "R(A), ... ,R(A+C-2) := R(A)(R(A+1), ... ,R(A+B-1))"
            29 TailCall "TAILCALL"  ABC(Register Count Count)          Call    Call    "return R(A)(R(A+1), ... ,R(A+B-1))"
            30 Return   "RETURN"    ABC(Register Count Unused)         Call    Control "return R(A), ... ,R(A+B-2)"
            31 ForPrep  "FORPREP"   AsBx(Target Jump)                  Loop    Pure    "R(A)-=R(A+2); pc+=sBx"
            32 ForLoop  "FORLOOP"   AsBx(Target Jump)                  Loop    Pure    "R(A)+=R(A+2); if R(A) <?= R(A+1) then { pc+=sBx; R(A+3)=R(A) }"
            33 TForLoop "TFORLOOP"  ABC(Register Unused Count)         Loop    Call    "R(A+3), ... ,R(A+2+C) := R(A)(R(A+1), R(A+2)); if R(A+3) ~= nil then R(A+2)=R(A+3) else pc++"
            34 SetList  "SETLIST"   ABC(Register Count Count)          Table   Write   "R(A)[(C-1)*FPF+i] := R(A+i), 1 <= i <= B; C = 0: the batch is the next word's Ax"
            35 VarArg   "VARARG"    ABC(Target Count Unused)           Call    Pure    "R(A), R(A+1), ..., R(A+B-2) = vararg"
            36 Closure  "CLOSURE"   ABx(Target Constant)               Closure Alloc   "R(A) := closure(K(Bx))"
            37 Close    "CLOSE"     ABC(Register Unused Unused)        Closure Write   "close all variables in the stack up to (>=) R(A)"
            38 ExtraArg "EXTRAARG"  Ax(Count)                          Table   Pure    "extra (larger) argument of the previous opcode"
        }
    };
}

/// How an instruction word is divided into operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `A`, `B`, `C`.
    ABC,
    /// `A`, `Bx`.
    ABx,
    /// `A`, signed `Bx`.
    AsBx,
    /// All bits above the opcode.
    Ax,
}

/// What an operand means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Nothing; the field is 0.
    Unused,
    /// A register that the instruction sets.
    Target,
    /// A register that the instruction reads.
    Register,
    /// An index of the constant table.
    Constant,
    /// A register, or a constant if bit 0x100 is set.
    Rk,
    /// An upvalue of the running closure.
    Upvalue,
    /// A plain number: a count, a size, or a flag.
    Count,
    /// A distance in instructions, from the next one.
    Jump,
}

/// Opcodes that are moved from one implementation to the other together by their group's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Moves, constants and `not`.
    Load,
    /// Upvalue access.
    Upvalue,
    /// Global variables.
    Global,
    /// Tables.
    Table,
    /// Arithmetic.
    Arith,
    /// Length and concatenation.
    String,
    /// Comparison.
    Compare,
    /// Jumps and tests.
    Jump,
    /// Calls, returns and varargs.
    Call,
    /// Loops.
    Loop,
    /// Closures.
    Closure,
}

/// The furthest-reaching effect an opcode can have; later classes include what the earlier ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Touches registers and the program counter only.
    Pure,
    /// Reads the heap.
    Read,
    /// Reads the heap, and may call a metamethod.
    Meta,
    /// Makes a new object.
    Alloc,
    /// Writes the heap, and may call a metamethod.
    Write,
    /// Leaves the function.
    Control,
    /// Calls a function.
    Call,
}

macro_rules! operands {
    (ABC($a:ident $b:ident $c:ident)) => {
        (Format::ABC, [Operand::$a, Operand::$b, Operand::$c])
    };
    (ABx($a:ident $b:ident)) => {
        (Format::ABx, [Operand::$a, Operand::$b, Operand::Unused])
    };
    (AsBx($a:ident $b:ident)) => {
        (Format::AsBx, [Operand::$a, Operand::$b, Operand::Unused])
    };
    (Ax($a:ident)) => {
        (Format::Ax, [Operand::$a, Operand::Unused, Operand::Unused])
    };
}

macro_rules! define_opcodes {
    ($($number:literal $variant:ident $name:literal $format:ident($($operand:ident)*) $group:ident $effect:ident $meaning:literal)*) => {
        /// An opcode of the classic bytecode.
        ///
        /// The variants' order is that of their numbers, which are Ferrous's own for 6 to 8, 31, 32, 35 and 37.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum OpCode {
            $(
                #[doc = concat!("`", $name, "`: `", $meaning, "`")]
                $variant = $number,
            )*
        }

        impl OpCode {
            /// Every opcode, in the order of their numbers.
            pub const ALL: &'static [OpCode] = &[$(OpCode::$variant),*];

            /// The opcode with this number, if there is one.
            pub fn from_u8(number: u8) -> Option<OpCode> {
                Self::ALL.get(number as usize).copied()
            }

            /// The PUC name in capitals.
            pub fn name(self) -> &'static str {
                match self { $(OpCode::$variant => $name,)* }
            }

            /// How its word is divided.
            pub fn format(self) -> Format {
                match self { $(OpCode::$variant => operands!($format($($operand)*)).0,)* }
            }

            /// What its operands mean, in the order `A`, `B` (or `Bx`), `C`.
            pub fn operands(self) -> [Operand; 3] {
                match self { $(OpCode::$variant => operands!($format($($operand)*)).1,)* }
            }

            /// The group it belongs to.
            pub fn group(self) -> Group {
                match self { $(OpCode::$variant => Group::$group,)* }
            }

            /// Its effect class.
            pub fn effect(self) -> Effect {
                match self { $(OpCode::$variant => Effect::$effect,)* }
            }

            /// What it does, in the notation of PUC's `lopcodes.h`.
            pub fn meaning(self) -> &'static str {
                match self { $(OpCode::$variant => $meaning,)* }
            }
        }

        const _: () = {
            let mut expected = 0;
            $(
                assert!($number == expected, "the rows are in the order of their numbers, without gaps");
                expected += 1;
            )*
            assert!(expected <= 64, "an opcode has six bits");
        };
    };
}

for_each_opcode!(define_opcodes);

impl OpCode {
    /// Whether the instruction after this one must be a jump, which it takes or skips.
    pub fn is_test(self) -> bool {
        matches!(self, OpCode::Eq | OpCode::Lt | OpCode::Le | OpCode::Test | OpCode::TestSet | OpCode::TForLoop)
    }
}

impl std::fmt::Display for OpCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
