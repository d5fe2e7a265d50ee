//! Values of Lua and frames of the protocol: each as the other, by Redis's rules.
//!
//! Tables of a script may contain themselves, or the same table so often that a reply would have no end: depth, elements and
//! bytes of a reply are limited, and by what memory and time its script has left. Frames come from a storage, and nest as deep as that lets them; the same limit holds.

use super::failure::Failure;
use crate::kernel::format;
use crate::kernel::memory::{self, OutOfMemory, reserve};
use crate::kernel::meter::{BYTES_PER_UNIT, PIECE, Watch};
use crate::protocol::RespFrame;
use crate::protocol::resp::one_line;
use crate::{Call, CallError, Error, LuaVM, Root, StringHandle, TableHandle, Value};

/// How deep a reply, or a value made of one, may be.
const DEEPEST: usize = 512;
/// How many elements a script's reply may have.
const MOST_ELEMENTS: usize = 1 << 22;
/// How many bytes the strings of a script's reply may have.
const MOST_BYTES: usize = 512 * 1024 * 1024;
/// Bytes of a reply that are made between two looks at the clock.
const LOOK_BYTES: usize = PIECE;

const TOO_DEEP: &str = "ERR reached lua stack limit";

/// The names of the fields that make a table more than an array, as strings of a machine.
pub(super) struct Names {
    fields: [StringHandle; 8],
    _alive: Vec<Root>,
}

const FIELDS: [&str; 8] = ["err", "ok", "double", "map", "set", "big_number", "verbatim_string", "string"];

impl Names {
    pub(super) fn new(vm: &mut LuaVM) -> Result<Names, Error> {
        let mut fields = Vec::with_capacity(FIELDS.len());
        let mut alive = Vec::with_capacity(FIELDS.len());
        for name in FIELDS {
            let string = vm.create_string(name)?;
            alive.push(vm.root(string)?);
            fields.push(string);
        }
        let fields = std::array::from_fn(|index| fields[index]);
        Ok(Names { fields, _alive: alive })
    }
}

/// A script's result as a reply for a client with this version of the protocol.
pub(super) fn to_frame(vm: &LuaVM, names: &Names, value: Value, protocol: u8) -> Result<RespFrame, Failure> {
    let (watch, memory) = (vm.watch(), vm.memory_left());
    let mut writer = Writer { vm, names, v3: protocol == 3, elements: 0, bytes: 0, watch, memory, since_look: 0 };
    match writer.frame(value, 0) {
        Ok(frame) => Ok(frame),
        Err(TooMuch::ForRedis) => Ok(RespFrame::error(TOO_DEEP)),
        Err(TooMuch::Memory) => Err(Failure::Memory),
        Err(TooMuch::Time) => Err(Failure::Timeout),
    }
}

/// A reply has become too deep or too large.
enum TooMuch {
    ForRedis,
    Memory,
    Time,
}

impl From<OutOfMemory> for TooMuch {
    fn from(_: OutOfMemory) -> Self {
        TooMuch::Memory
    }
}

struct Writer<'a> {
    vm: &'a LuaVM,
    names: &'a Names,
    v3: bool,
    elements: usize,
    /// Of strings.
    bytes: usize,
    watch: Watch,
    /// What the script may still use.
    memory: usize,
    since_look: usize,
}

impl Writer<'_> {
    fn frame(&mut self, value: Value, depth: usize) -> Result<RespFrame, TooMuch> {
        self.elements += 1;
        if depth > DEEPEST || self.elements > MOST_ELEMENTS {
            return Err(TooMuch::ForRedis);
        }
        self.use_memory(size_of::<RespFrame>())?;
        Ok(match value {
            Value::String(string) => RespFrame::from_bytes(self.copy(string)?),
            Value::Number(n) => RespFrame::Integer(format::to_c_long(n)),
            Value::Boolean(is) if self.v3 => RespFrame::Boolean(is),
            Value::Boolean(true) => RespFrame::Integer(1),
            Value::Table(table) => return self.table(table, depth),
            Value::Boolean(false) | Value::Nil | Value::Function(_) | Value::UserData(_) | Value::Thread(_) => {
                RespFrame::Null
            }
        })
    }

    fn copy(&mut self, string: StringHandle) -> Result<Vec<u8>, TooMuch> {
        let bytes = self.vm.string_bytes(string).unwrap_or_default();
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(TooMuch::ForRedis);
        }
        self.use_memory(bytes.len())?;
        Ok(memory::copy(bytes)?)
    }

    fn use_memory(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.memory = self.memory.checked_sub(bytes).ok_or(TooMuch::Memory)?;
        self.since_look += bytes;
        if self.since_look >= LOOK_BYTES {
            self.since_look = 0;
            if self.watch.is_over() {
                return Err(TooMuch::Time);
            }
        }
        Ok(())
    }

    fn field(&self, table: TableHandle, name: StringHandle) -> Value {
        self.vm.get_table_field(table, name).unwrap_or_default()
    }

    fn table(&mut self, table: TableHandle, depth: usize) -> Result<RespFrame, TooMuch> {
        let [err, ok, double, map, set, big_number, verbatim, string] = self.names.fields;
        if let Value::String(message) = self.field(table, err) {
            return Ok(RespFrame::error(self.copy(message)?));
        }
        if let Value::String(status) = self.field(table, ok) {
            return Ok(RespFrame::simple_string(self.copy(status)?));
        }
        if let Value::Number(n) = self.field(table, double) {
            return Ok(if self.v3 { RespFrame::Double(n) } else { RespFrame::from_bytes(number_text(n)) });
        }
        if let Value::Table(map) = self.field(table, map) {
            return self.map(map, depth);
        }
        if let Value::Table(set) = self.field(table, set) {
            return self.set(set, depth);
        }
        if let Value::String(number) = self.field(table, big_number) {
            return Ok(RespFrame::from_bytes(one_line(self.copy(number)?)));
        }
        if let Value::Table(verbatim) = self.field(table, verbatim)
            && let Value::String(text) = self.field(verbatim, string)
        {
            return Ok(RespFrame::from_bytes(self.copy(text)?));
        }
        let mut elements = Vec::new();
        for index in 1_u32.. {
            match self.vm.get_table_field(table, f64::from(index)) {
                None | Some(Value::Nil) => break,
                Some(element) => {
                    let element = self.frame(element, depth + 1)?;
                    reserve(&mut elements, 1)?;
                    elements.push(element);
                }
            }
        }
        Ok(RespFrame::array(elements))
    }

    fn map(&mut self, map: TableHandle, depth: usize) -> Result<RespFrame, TooMuch> {
        let mut entries = Vec::new();
        let mut last = Value::Nil;
        while let Ok(Some((key, value))) = self.vm.table_next(map, last) {
            let entry = (self.frame(key, depth + 1)?, self.frame(value, depth + 1)?);
            reserve(&mut entries, 1)?;
            entries.push(entry);
            last = key;
        }
        if self.v3 {
            return Ok(RespFrame::Map(entries));
        }
        let mut list = Vec::new();
        reserve(&mut list, 2 * entries.len())?;
        list.extend(entries.into_iter().flat_map(|(key, value)| [key, value]));
        Ok(RespFrame::array(list))
    }

    fn set(&mut self, set: TableHandle, depth: usize) -> Result<RespFrame, TooMuch> {
        let mut members = Vec::new();
        let mut last = Value::Nil;
        while let Ok(Some((key, _))) = self.vm.table_next(set, last) {
            let member = self.frame(key, depth + 1)?;
            reserve(&mut members, 1)?;
            members.push(member);
            last = key;
        }
        Ok(if self.v3 { RespFrame::Set(members) } else { RespFrame::array(members) })
    }
}

/// A number as an argument of a command, or as a double: 17 significant digits, as many as tell any two numbers apart.
pub(super) fn number_text(n: f64) -> Vec<u8> {
    let mut text = Vec::new();
    match format::parse_spec(b".17g") {
        Ok((spec, _)) => spec.write_float(&mut text, n),
        Err(_) => text.extend_from_slice(n.to_string().as_bytes()),
    }
    text
}

/// A reply as a value.
pub(super) fn to_value(call: &mut Call<'_>, frame: &RespFrame) -> Result<Value, CallError> {
    read(call, frame, 0)
}

fn read(call: &mut Call<'_>, frame: &RespFrame, depth: usize) -> Result<Value, CallError> {
    if depth > DEEPEST {
        return Err(CallError::new("reached lua stack limit"));
    }
    call.charge(1)?;
    Ok(match frame {
        RespFrame::SimpleString(text) => single(call, "ok", text)?,
        RespFrame::Error(message) => single(call, "err", message)?,
        RespFrame::Integer(n) => Value::Number(*n as f64),
        RespFrame::BulkString(Some(bytes)) => text_value(call, bytes)?,
        RespFrame::BulkString(None) | RespFrame::Array(None) => Value::Boolean(false),
        RespFrame::Null => Value::Nil,
        RespFrame::Boolean(is) => Value::Boolean(*is),
        RespFrame::Double(n) => {
            let table = call.create_table(0, 1)?;
            put(call, table, "double", Value::Number(*n))?
        }
        RespFrame::Array(Some(elements)) => {
            let table = call.create_table(elements.len(), 0)?;
            for (index, element) in elements.iter().enumerate() {
                let element = read(call, element, depth + 1)?;
                call.set_table_field(table, (index + 1) as f64, element)?;
            }
            table.into()
        }
        RespFrame::Map(entries) => {
            let map = call.create_table(0, entries.len())?;
            for (key, value) in entries {
                let (key, value) = (read(call, key, depth + 1)?, read(call, value, depth + 1)?);
                call.set_table_field(map, key, value)?;
            }
            let table = call.create_table(0, 1)?;
            put(call, table, "map", map.into())?
        }
        RespFrame::Set(members) => {
            let set = call.create_table(0, members.len())?;
            for member in members {
                let member = read(call, member, depth + 1)?;
                call.set_table_field(set, member, true)?;
            }
            let table = call.create_table(0, 1)?;
            put(call, table, "set", set.into())?
        }
    })
}

fn text_value(call: &mut Call<'_>, text: &[u8]) -> Result<Value, CallError> {
    call.charge((text.len() / BYTES_PER_UNIT) as u64)?;
    Ok(call.create_string(text)?.into())
}

/// A table with one field, which is a string.
pub(super) fn single(call: &mut Call<'_>, name: &str, text: &[u8]) -> Result<Value, CallError> {
    let table = call.create_table(0, 1)?;
    let text = text_value(call, text)?;
    put(call, table, name, text)
}

fn put(call: &mut Call<'_>, table: TableHandle, name: &str, value: Value) -> Result<Value, CallError> {
    let name = call.create_string(name)?;
    call.set_table_field(table, name, value)?;
    Ok(table.into())
}
