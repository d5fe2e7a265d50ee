//! The library `package`, `require` and `module`, after PUC's `loadlib.c` built without dynamic libraries.
//!
//! Searchers for C libraries are there all the same and look through `package.cpath`: so scripts that index
//! `package.loaders` find what they expect, `require` names all places where it has looked, and a library that is found is
//! refused with PUC's message.
//!
//! As in PUC, the functions' environment is the table `package`, whatever a script stores under that name.
#![forbid(unsafe_code)]

use super::io::{c_string, to_path};
use crate::kernel::meter::UNITS_PER_SYSTEM_CALL;
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

const DEFAULT_PATH: &[u8] = b"./?.lua;\
    /usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;\
    /usr/local/lib/lua/5.1/?.lua;/usr/local/lib/lua/5.1/?/init.lua;\
    /usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";

const DEFAULT_CPATH: &[u8] = b"./?.so;/usr/local/lib/lua/5.1/?.so;\
    /usr/lib/x86_64-linux-gnu/lua/5.1/?.so;/usr/lib/lua/5.1/?.so;\
    /usr/local/lib/lua/5.1/loadall.so";

const NO_LIBRARIES: &str = "dynamic libraries not enabled; check your Lua installation";

const FUNCTIONS: [(&str, NativeFn); 2] = [("loadlib", loadlib), ("seeall", seeall)];

const LOADERS: [NativeFn; 4] = [load_preloaded, load_lua, load_c, load_c_root];

/// Marks a module that is being loaded.
struct Loading;

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    let package = ctx.top() + 1;
    super::register(ctx, Some("package"), &FUNCTIONS)?;

    ctx.new_table(LOADERS.len(), 0)?;
    for (index, loader) in LOADERS.into_iter().enumerate() {
        ctx.push_function(loader, 0)?;
        ctx.push_value(package)?;
        ctx.set_fenv(ctx.top() - 1);
        ctx.raw_set_int(package + 1, index + 1)?;
    }
    ctx.raw_set_field(package, "loaders")?;

    let path = search_path("LUA_PATH", DEFAULT_PATH);
    ctx.push_bytes(&path)?;
    ctx.raw_set_field(package, "path")?;
    let path = search_path("LUA_CPATH", DEFAULT_CPATH);
    ctx.push_bytes(&path)?;
    ctx.raw_set_field(package, "cpath")?;
    ctx.push_bytes(b"/\n;\n?\n!\n-")?;
    ctx.raw_set_field(package, "config")?;
    push_loaded(ctx)?;
    ctx.raw_set_field(package, "loaded")?;
    ctx.new_table(0, 0)?;
    ctx.raw_set_field(package, "preload")?;

    ctx.push_globals()?;
    let globals = ctx.top();
    ctx.new_userdata(Some(Box::new(Loading)))?;
    for (name, function, upvalues) in [("require", require as NativeFn, 1), ("module", module, 0)] {
        ctx.push_function(function, upvalues)?;
        ctx.push_value(package)?;
        ctx.set_fenv(ctx.top() - 1);
        ctx.raw_set_field(globals, name)?;
    }
    ctx.set_top(package)
}

/// The path in a variable, in which ";;" stands for the default.
fn search_path(variable: &str, default: &[u8]) -> Vec<u8> {
    let Some(value) = std::env::var_os(variable) else { return default.to_vec() };
    let mut rest = value.as_encoded_bytes();
    let mut path = Vec::new();
    while let Some(at) = memchr::memmem::find(rest, b";;") {
        path.extend_from_slice(&rest[..=at]);
        path.extend_from_slice(default);
        path.push(b';');
        rest = &rest[at + 2..];
    }
    path.extend_from_slice(rest);
    path
}

/// Pushes the registry's table of loaded modules.
fn push_loaded(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    ctx.push_registry()?;
    let registry = ctx.top();
    ctx.raw_get_field(registry, "_LOADED")?;
    ctx.remove(registry);
    Ok(())
}

/// The argument 1 as a C string.
fn check_name(ctx: &mut Ctx<'_>) -> Result<Vec<u8>, Throw> {
    ctx.check_string(1)?;
    Ok(c_string(ctx.bytes(1)).to_vec())
}

/// Pushes a field of the running function's environment.
fn push_env_field(ctx: &mut Ctx<'_>, name: &str) -> Result<(), Throw> {
    ctx.push_env()?;
    let env = ctx.top();
    ctx.field(env, name)?;
    ctx.remove(env);
    Ok(())
}

fn push_field(ctx: &mut Ctx<'_>, index: usize, name: &[u8]) -> Result<(), Throw> {
    ctx.push_bytes(name)?;
    ctx.index(index)
}

/// Pops a value and stores it in a field.
fn set_field(ctx: &mut Ctx<'_>, index: usize, name: &[u8]) -> Result<(), Throw> {
    ctx.push_bytes(name)?;
    ctx.insert(ctx.top() - 1);
    ctx.set_index(index)
}

// require

fn require(ctx: &mut Ctx<'_>) -> NativeResult {
    const LOADED: usize = 2;
    let name = check_name(ctx)?;
    ctx.set_top(1)?;
    push_loaded(ctx)?;
    push_field(ctx, LOADED, &name)?;
    if ctx.to_boolean(3) {
        ctx.push_upvalue(1)?;
        if ctx.raw_equal(3, 4)? {
            return Err(quoted(ctx, "loop or previous error loading module", &name, b""));
        }
        ctx.drop_top(1);
        return Ok(1);
    }
    push_env_field(ctx, "loaders")?;
    let loaders = ctx.top();
    if ctx.type_of(loaders) != Type::Table {
        return Err(ctx.error("'package.loaders' must be a table"));
    }
    let mut tried = Vec::new();
    for number in 1.. {
        ctx.raw_get_int(loaders, number)?;
        let loader = ctx.top();
        if ctx.is_none_or_nil(loader) {
            let tail = [b" not found:", tried.as_slice()].concat();
            return Err(quoted(ctx, "module", &name, &tail));
        }
        ctx.push_bytes(&name)?;
        ctx.call(1, Some(1))?;
        if ctx.type_of(loader) == Type::Function {
            break;
        }
        if ctx.convert_to_string(loader)? {
            tried.extend_from_slice(ctx.bytes(loader));
        }
        ctx.drop_top(1);
    }
    ctx.push_upvalue(1)?;
    set_field(ctx, LOADED, &name)?;
    ctx.push_bytes(&name)?;
    ctx.call(1, Some(1))?;
    if !ctx.is_none_or_nil(ctx.top()) {
        set_field(ctx, LOADED, &name)?;
    }
    push_field(ctx, LOADED, &name)?;
    let value = ctx.top();
    ctx.push_upvalue(1)?;
    if ctx.raw_equal(value, value + 1)? {
        // The module said nothing of its value.
        ctx.push_boolean(true)?;
        ctx.push_value(ctx.top())?;
        set_field(ctx, LOADED, &name)?;
        return Ok(1);
    }
    ctx.drop_top(1);
    Ok(1)
}

/// The error "`what` 'name'tail".
fn quoted(ctx: &mut Ctx<'_>, what: &str, name: &[u8], tail: &[u8]) -> Throw {
    let message = [what.as_bytes(), b" '", name, b"'", tail].concat();
    ctx.error(message)
}

fn load_preloaded(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = check_name(ctx)?;
    push_env_field(ctx, "preload")?;
    let preload = ctx.top();
    if ctx.type_of(preload) != Type::Table {
        return Err(ctx.error("'package.preload' must be a table"));
    }
    push_field(ctx, preload, &name)?;
    if ctx.is_none_or_nil(ctx.top()) {
        let message = [b"\n\tno field package.preload['", name.as_slice(), b"']"].concat();
        ctx.push_bytes(&message)?;
    }
    Ok(1)
}

/// Looks for a module's file; the error is what to say of those that are not there.
fn find_file(ctx: &mut Ctx<'_>, name: &[u8], path: &str) -> Result<Result<Vec<u8>, Vec<u8>>, Throw> {
    push_env_field(ctx, path)?;
    let index = ctx.top();
    if !ctx.convert_to_string(index)? {
        return Err(ctx.error(format!("'package.{path}' must be a string")));
    }
    let name: Vec<u8> = name.iter().map(|&byte| if byte == b'.' { b'/' } else { byte }).collect();
    let mut tried = Vec::new();
    let ([path], meter) = ctx.bytes_and_meter([index]);
    for template in c_string(path).split(|&byte| byte == b';').filter(|template| !template.is_empty()) {
        meter.charge(UNITS_PER_SYSTEM_CALL)?;
        let mut file = Vec::new();
        for (number, part) in template.split(|&byte| byte == b'?').enumerate() {
            if number > 0 {
                file.extend_from_slice(&name);
            }
            file.extend_from_slice(part);
        }
        if std::fs::File::open(to_path(&file)).is_ok() {
            return Ok(Ok(file));
        }
        tried.extend_from_slice(b"\n\tno file '");
        tried.extend_from_slice(&file);
        tried.push(b'\'');
    }
    Ok(Err(tried))
}

fn load_error(ctx: &mut Ctx<'_>, name: &[u8], file: &[u8], message: &[u8]) -> Throw {
    let tail = [b" from file '", file, b"':\n\t", message].concat();
    quoted(ctx, "error loading module", name, &tail)
}

fn load_lua(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = check_name(ctx)?;
    match find_file(ctx, &name, "path")? {
        Err(tried) => ctx.push_bytes(&tried)?,
        Ok(file) => {
            if !super::load_file(ctx, Some(&file))? {
                let message = ctx.bytes(ctx.top()).to_vec();
                return Err(load_error(ctx, &name, &file, &message));
            }
        }
    }
    Ok(1)
}

fn load_c(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = check_name(ctx)?;
    find_library(ctx, &name, &name)
}

fn load_c_root(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = check_name(ctx)?;
    match memchr::memchr(b'.', &name) {
        None => Ok(0),
        Some(end) => find_library(ctx, &name, &name[..end]),
    }
}

/// Says where there is no library `file_name`; fails if there is one.
fn find_library(ctx: &mut Ctx<'_>, name: &[u8], file_name: &[u8]) -> NativeResult {
    match find_file(ctx, file_name, "cpath")? {
        Err(tried) => ctx.push_bytes(&tried)?,
        Ok(file) => return Err(load_error(ctx, name, &file, NO_LIBRARIES.as_bytes())),
    }
    Ok(1)
}

fn loadlib(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = check_name(ctx)?;
    ctx.check_string(2)?;
    // What isn't there fails as it does where libraries can be loaded.
    let (message, place) = match std::fs::File::open(to_path(&name)) {
        Ok(_) => (NO_LIBRARIES.into(), "absent"),
        Err(error) => {
            let text = format!(": cannot open shared object file: {}", super::strerror(&error));
            ([name.as_slice(), text.as_bytes()].concat(), "open")
        }
    };
    ctx.push_nil()?;
    ctx.push_bytes(&message)?;
    ctx.push_bytes(place.as_bytes())?;
    Ok(3)
}

// module

fn module(ctx: &mut Ctx<'_>) -> NativeResult {
    let name = check_name(ctx)?;
    let options = ctx.top();
    let loaded = options + 1;
    let module = options + 2;
    push_loaded(ctx)?;
    push_field(ctx, loaded, &name)?;
    if ctx.type_of(module) != Type::Table {
        ctx.set_top(loaded)?;
        if !push_global_table(ctx, &name)? {
            return Err(quoted(ctx, "name conflict for module", &name, b""));
        }
        ctx.push_value(module)?;
        set_field(ctx, loaded, &name)?;
    }
    push_field(ctx, module, b"_NAME")?;
    let initialized = !ctx.is_none_or_nil(ctx.top());
    ctx.set_top(module)?;
    if !initialized {
        ctx.push_value(module)?;
        set_field(ctx, module, b"_M")?;
        ctx.push_bytes(&name)?;
        set_field(ctx, module, b"_NAME")?;
        let package = memchr::memrchr(b'.', &name).map_or(0, |dot| dot + 1);
        ctx.push_bytes(&name[..package])?;
        set_field(ctx, module, b"_PACKAGE")?;
    }
    let caller = module + 1;
    if !ctx.push_level(1)? || ctx.is_native(caller) {
        return Err(ctx.error("'module' not called from a Lua function"));
    }
    ctx.push_value(module)?;
    ctx.set_fenv(caller);
    ctx.set_top(module)?;
    for option in 2..=options {
        ctx.push_value(option)?;
        ctx.push_value(module)?;
        ctx.call(1, Some(0))?;
    }
    Ok(0)
}

/// Pushes the table that a dotted name means among the globals, and makes the tables on the way that are missing; says
/// whether none of the names is taken by something else (C's `luaL_findtable`).
fn push_global_table(ctx: &mut Ctx<'_>, name: &[u8]) -> Result<bool, Throw> {
    ctx.push_globals()?;
    let table = ctx.top();
    for part in name.split(|&byte| byte == b'.') {
        ctx.push_bytes(part)?;
        ctx.raw_get(table)?;
        if ctx.is_none_or_nil(table + 1) {
            ctx.drop_top(1);
            ctx.new_table(0, 1)?;
            ctx.push_value(table + 1)?;
            set_field(ctx, table, part)?;
        } else if ctx.type_of(table + 1) != Type::Table {
            ctx.drop_top(2);
            return Ok(false);
        }
        ctx.remove(table);
    }
    Ok(true)
}

fn seeall(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    if !ctx.get_metatable(1)? {
        ctx.new_table(0, 1)?;
        ctx.push_value(ctx.top())?;
        ctx.set_metatable(1);
    }
    let metatable = ctx.top();
    ctx.push_globals()?;
    set_field(ctx, metatable, b"__index")?;
    Ok(0)
}
