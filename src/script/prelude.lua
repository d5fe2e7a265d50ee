-- Turns a machine with the standard library into one for scripts. Gets a table of host functions; returns the function that
-- runs a script, the table behind the globals, and the tables that have to stay empty.
local host = ...
local error, rawset, setmetatable, getmetatable = error, rawset, setmetatable, getmetatable
local type, tostring, pairs, xpcall, pcall = type, tostring, pairs, xpcall, pcall
local collect, getinfo = collectgarbage, debug.getinfo
local globals = _G

local function readonly()
    error("Attempt to modify a readonly table", 2)
end

-- Tables that scripts see, and what they read through them.
local seen, behind = {}, {}
local function guard(proxy, content, metatable)
    seen[#seen + 1], behind[#behind + 1] = proxy, content
    return setmetatable(proxy, { __index = content, __newindex = readonly, __metatable = metatable or false })
end

local library = {}
for name in ("assert error gcinfo getmetatable ipairs load loadstring next rawequal select setmetatable tonumber tostring "
    .. "type unpack xpcall _VERSION"):gmatch("%S+") do
    library[name] = globals[name]
end
for name in ("coroutine math string table"):gmatch("%S+") do
    local content = {}
    for key, value in pairs(globals[name]) do
        content[key] = value
    end
    library[name] = guard({}, content)
    if name == "math" then
        content.random, content.randomseed = host.random, host.randomseed
    elseif name == "string" then
        local strings = getmetatable("")
        strings.__index = content
        strings.__metatable = guard({}, { __index = library.string })
    end
end
library._G = globals
library.pairs, library.rawget, library.rawset = host.pairs, host.rawget, host.rawset
library.redis = guard({}, host.redis)

-- As Redis has it: an error that is a table is caught as its message.
local function caught(ok, ...)
    if not ok and type((...)) == "table" then
        local message = (...).err
        if type(message) == "string" or type(message) == "number" then
            return false, message
        end
    end
    return ok, ...
end
function library.pcall(...)
    return caught(pcall(...))
end

-- The collector's settings would remain; what they answer is what it begins with.
local settings = { stop = 0, restart = 0, setpause = 200, setstepmul = 200 }
function library.collectgarbage(option, ...)
    return settings[option] or collect(option, ...)
end

for name in pairs(globals) do
    globals[name] = nil
end
guard(globals, setmetatable(library, {
    __index = function(_, name)
        error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
    end,
}), guard({}, {}))

-- Makes an error a table that says where the script was.
local function handle(err)
    local level, info = 1, nil
    repeat
        level = level + 1
        info = getinfo(level, "Sl")
    until not info or info.what ~= "C" and info.source ~= "=prelude"
    if type(err) ~= "table" then
        err = { err = "ERR " .. tostring(err) }
    end
    if info then
        rawset(err, "source", info.source)
        rawset(err, "line", info.currentline)
    end
    return err
end

local function run(script)
    return xpcall(script, handle)
end

return run, library, seen, behind
