//! Machines whose output can be looked at.

use std::io::Write;
use std::sync::{Arc, Mutex};

use ferrous::{Error, KeyOrder, LuaVM, Value};

/// Bytes that a machine, or its reports, are written into.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A machine whose `print` writes into a sink.
pub fn machine() -> (LuaVM, Sink) {
    machine_with(KeyOrder::Random)
}

/// Likewise, with this order of string keys.
pub fn machine_with(order: KeyOrder) -> (LuaVM, Sink) {
    let mut vm = LuaVM::with_key_order(order).unwrap();
    vm.open_stdlib().unwrap();
    let sink = Sink::default();
    let out = sink.clone();
    vm.register("print", move |call| {
        let mut line = Vec::new();
        for index in 1..=call.arg_count() {
            line.extend_from_slice(if index > 1 { b"\t" } else { b"" });
            line.extend_from_slice(call.bytes(index));
        }
        line.push(b'\n');
        out.0.lock().unwrap().extend_from_slice(&line);
        Ok(0)
    })
    .unwrap();
    (vm, sink)
}

/// Runs a program, whose positions are in `p`.
pub fn run(vm: &mut LuaVM, source: &str) -> Result<Vec<Value>, Error> {
    let main = vm.load(source, "=p")?;
    vm.call(main, &[])
}
