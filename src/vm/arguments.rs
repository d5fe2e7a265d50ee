//! Checks of a library function's arguments, with PUC's messages (`luaL_check...` and `luaL_opt...` of the manual's §4.1).

use super::context::to_integer;
use super::native::{Ctx, Throw, Type};

impl Ctx<'_> {
    /// Fails if there is no argument `index`.
    pub(crate) fn check_any(&mut self, index: usize) -> Result<(), Throw> {
        if self.is_none(index) { Err(self.arg_error(index, "value expected")) } else { Ok(()) }
    }

    /// Fails if the argument is not of a type.
    pub(crate) fn check_type(&mut self, index: usize, ty: Type) -> Result<(), Throw> {
        if self.type_of(index) == ty {
            return Ok(());
        }
        let expected = match ty {
            Type::None => "no value",
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::UserData => "userdata",
            Type::Thread => "thread",
        };
        Err(self.type_error(index, expected))
    }

    /// Fails if the argument is not a table.
    #[inline]
    pub(crate) fn check_table(&mut self, index: usize) -> Result<(), Throw> {
        if self.get(index).is_table() { Ok(()) } else { Err(self.type_error(index, "table")) }
    }

    /// The argument as a number (strings are converted).
    #[inline]
    pub(crate) fn check_number(&mut self, index: usize) -> Result<f64, Throw> {
        let value = self.get(index);
        if let Some(n) = value.as_number() {
            return Ok(n);
        }
        match self.st.coerce(value)? {
            Some(n) => Ok(n),
            None => Err(self.type_error(index, "number")),
        }
    }

    /// The argument as C's `lua_Integer`: truncated.
    #[inline]
    pub(crate) fn check_integer(&mut self, index: usize) -> Result<i64, Throw> {
        Ok(to_integer(self.check_number(index)?))
    }

    /// The argument as C's `int`: truncated, and wrapped to 32 bits.
    #[inline]
    pub(crate) fn check_int(&mut self, index: usize) -> Result<i32, Throw> {
        Ok(self.check_integer(index)? as i32)
    }

    /// Like [`Ctx::check_integer`], with a default for none and nil.
    #[inline]
    pub(crate) fn opt_integer(&mut self, index: usize, default: i64) -> Result<i64, Throw> {
        if self.is_none_or_nil(index) { Ok(default) } else { self.check_integer(index) }
    }

    /// Like [`Ctx::check_int`], with a default for none and nil.
    pub(crate) fn opt_int(&mut self, index: usize, default: i32) -> Result<i32, Throw> {
        if self.is_none_or_nil(index) { Ok(default) } else { self.check_int(index) }
    }

    /// Makes sure that the argument is a string: a number is converted in place. Read it with [`Ctx::bytes`].
    #[inline]
    pub(crate) fn check_string(&mut self, index: usize) -> Result<(), Throw> {
        if self.get(index).is_string() {
            return Ok(());
        }
        if self.convert_to_string(index)? { Ok(()) } else { Err(self.type_error(index, "string")) }
    }

    /// Like [`Ctx::check_string`]; says whether there is one: none and nil are not an error.
    pub(crate) fn opt_string(&mut self, index: usize) -> Result<bool, Throw> {
        if self.is_none_or_nil(index) {
            return Ok(false);
        }
        self.check_string(index).map(|()| true)
    }

    /// Turns a number at a position into a string; says whether there is a string now (C's `lua_tolstring`).
    pub(crate) fn convert_to_string(&mut self, index: usize) -> Result<bool, Throw> {
        let value = self.get(index);
        if let Some(n) = value.as_number() {
            let string = self.st.number_to_string(n)?;
            self.put(index, string.into());
            return Ok(true);
        }
        Ok(value.is_string())
    }

    /// The position of the argument's text among `options`.
    pub(crate) fn check_option(
        &mut self,
        index: usize,
        default: Option<&str>,
        options: &[&str],
    ) -> Result<usize, Throw> {
        let name = match default {
            Some(default) if self.is_none_or_nil(index) => default.as_bytes().to_vec(),
            _ => {
                self.check_string(index)?;
                self.bytes(index).to_vec()
            }
        };
        // C's strings end at a zero byte.
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
        match options.iter().position(|option| option.as_bytes() == name) {
            Some(position) => Ok(position),
            None => {
                let message = [b"invalid option '", name.as_slice(), b"'"].concat();
                Err(self.arg_error(index, message))
            }
        }
    }

    /// "bad argument #`index` to 'name' (`message`)".
    pub(crate) fn arg_error(&mut self, index: usize, message: impl AsRef<[u8]>) -> Throw {
        self.st.arg_error(index, message.as_ref())
    }

    /// "bad argument #`index` to 'name' (`expected` expected, got ...)".
    pub(crate) fn type_error(&mut self, index: usize, expected: &str) -> Throw {
        let message = format!("{expected} expected, got {}", self.type_name(index));
        self.arg_error(index, message)
    }
}
