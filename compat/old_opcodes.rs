//! The opcodes by their old names and numbers. The old API has them twice: as the compiler's, and as the machine's.

/// Defines an enum of the old opcodes, of those that are added to them, and the functions between it and numbers.
macro_rules! old_opcodes {
    ($(#[$attribute:meta])* $($more_number:literal $More:ident)*) => {
        $crate::compat::old_opcodes::old_opcodes! {
            @define $(#[$attribute])*
            0 Move 1 LoadK 2 LoadBool 3 LoadNil 4 GetUpval 5 GetGlobal 6 SetGlobal 7 SetUpval 8 GetTable 9 SetTable 10 NewTable
            11 Self_ 12 Add 13 Sub 14 Mul 15 Div 16 Mod 17 Pow 18 Unm 19 Not 20 Len 21 Concat 22 Jmp 23 Eq 24 Lt 25 Le 26 Test
            27 TestSet 28 Call 29 TailCall 30 Return 31 ForPrep 32 ForLoop 33 TForLoop 34 SetList 35 VarArg 36 Closure 37 Close
            38 ExtraArg $($more_number $More)*
        }
    };
    (@define $(#[$attribute:meta])* $($number:literal $variant:ident)*) => {
        $(#[$attribute])*
        #[allow(missing_docs, reason = "they are the opcodes of `ferrous::bytecode::OpCode`, which says what they do")]
        #[cfg_attr(
            feature = "deprecations",
            deprecated(since = "0.3.0", note = "use ferrous::bytecode::OpCode; see MIGRATION.md#old-compile")
        )]
        pub enum OpCode {
            $($variant,)*
        }

        /// The number of an opcode.
        pub fn opcode_to_u8(opcode: OpCode) -> u8 {
            match opcode {
                $(OpCode::$variant => $number,)*
            }
        }

        /// The opcode with a number; a number that names none is `Move`.
        pub fn u8_to_opcode(number: u8) -> OpCode {
            match number {
                $($number => OpCode::$variant,)*
                _ => OpCode::Move,
            }
        }
    };
}
pub(super) use old_opcodes;
