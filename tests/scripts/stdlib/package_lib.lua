-- needs: package io
-- require, module, package.*
print(type(package.path), type(package.cpath), type(package.loaded), type(package.preload), type(package.loaders), #package.loaders, type(package.config), type(package.seeall), type(package.loadlib)) -- expect: string	string	table	table	table	4	string	function	function
print(package.loaded._G == _G, package.loaded.string == string, package.loaded.table == table, require("math") == math, require "coroutine" == coroutine) -- expect: true	true	true	true	true
print((package.config:gsub("\n", " "))) -- expect: / ; ? ! -
-- preload
package.preload["my.mod"] = function(...) print("loading", ...) return { value = 42 } end
local m = require("my.mod") print(m.value, require("my.mod") == m, package.loaded["my.mod"] == m) -- expect: loading	my.mod
-- expect: 42	true	true
package.preload.nothing = function() end print(require("nothing"), package.loaded.nothing) -- expect: true	true
package.preload.falsy = function() return false end print(require("falsy"), package.loaded.falsy) -- expect: false	false
package.preload.sets = function(name) package.loaded[name] = "set by itself" end
print(require("sets"), require("sets")) -- expect: set by itself	set by itself
package.preload.both = function(name) package.loaded[name] = "set" return "returned" end
print(require("both")) -- expect: returned
package.preload.failing = function() error("while loading") end
print(pcall(require, "failing")) -- expect: false	package_lib.lua:16: while loading
print(pcall(require, "failing")) -- expect: false	loop or previous error loading module 'failing'
package.preload.loop_a = function() return require("loop_b") end
package.preload.loop_b = function() return require("loop_a") end
print((select(2, pcall(require, "loop_a")):gsub("^.-:%d+: ", ""))) -- expect: loop or previous error loading module 'loop_a'
-- The search message
package.path, package.cpath = "./?.none;/nowhere/?/init.none", "./?.nolib"
print(pcall(require, "missing")) -- expect: false	module 'missing' not found:
-- expect: 	no field package.preload['missing']
-- expect: 	no file './missing.none'
-- expect: 	no file '/nowhere/missing/init.none'
-- expect: 	no file './missing.nolib'
print(pcall(require, "missing.sub.mod")) -- expect: false	module 'missing.sub.mod' not found:
-- expect: 	no field package.preload['missing.sub.mod']
-- expect: 	no file './missing/sub/mod.none'
-- expect: 	no file '/nowhere/missing/sub/mod/init.none'
-- expect: 	no file './missing/sub/mod.nolib'
-- expect: 	no file './missing.nolib'
package.path, package.cpath = "", "" print(pcall(require, "missing2")) -- expect: false	module 'missing2' not found:
-- expect: 	no field package.preload['missing2']
print(pcall(require)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(require, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
package.path = 5
print(pcall(require, "zzz") == false) -- expect: true
package.path = nil
print(pcall(require, "zzz2")) -- expect: false	'package.path' must be a string
-- A module from a file: a path without a question mark is used as it is.
local name = os.tmpname()
local function write(s) local f = io.open(name, "w") f:write(s) f:close() end
package.cpath = "" package.path = name
write("local n = ... local M = { name = n, args = select('#', ...) } function M.hello() return 'hello from ' .. n end return M")
local mod = require("from.file") print(mod.name, mod.args, mod.hello(), require("from.file") == mod) -- expect: from.file	1	hello from from.file	true
write("x = = 1") print((select(2, pcall(require, "broken")):gsub(name:gsub("%p", "%%%0"), "FILE"))) -- expect: error loading module 'broken' from file 'FILE':
-- expect: 	FILE:1: unexpected symbol near '='
write("error('at load')") print((select(2, pcall(require, "broken2")):gsub(name:gsub("%p", "%%%0"), "FILE"))) -- expect: FILE:1: at load
write("module(..., package.seeall) function f() return 'f of ' .. _NAME end v = type(print)")
require("mod.by.module")
print(mod.by == nil, package.loaded["mod.by.module"].f(), package.loaded["mod.by.module"].v) -- expect: true	f of mod.by.module	function
os.remove(name)
-- module changes the environment of its caller.
local getfenv = getfenv
local function define() module("defined") x = 1 function get() return x end return getfenv(1) end
local env = define()
print(env == defined, defined.x, defined.get(), defined._NAME, defined._M == defined, defined._PACKAGE == "", package.loaded.defined == defined, defined.print, x) -- expect: true	1	1	defined	true	true	true	nil	nil
local function nested() module("outer.middle.inner") y = 2 end
nested()
print(outer.middle.inner.y, outer.middle.inner._NAME, outer.middle.inner._PACKAGE, type(outer.middle), package.loaded["outer.middle.inner"] == outer.middle.inner, package.loaded["outer"]) -- expect: 2	outer.middle.inner	outer.middle.	table	true	nil
local function seeall() module("sees", package.seeall) z = tostring(5) end
seeall()
print(sees.z, sees.print == print, getmetatable(sees).__index == _G) -- expect: 5	true	true
local function options() module("opts", function(m) m.first = m._NAME end, function(m) m.second = m.first .. "!" end) end
options()
print(opts.first, opts.second) -- expect: opts	opts!
local function again() module("defined") w = 3 end again() print(defined.x, defined.w) -- expect: 1	3
taken = 5
print(pcall(function() module("taken") end)) -- expect: false	package_lib.lua:72: name conflict for module 'taken'
print(pcall(function() module("taken.sub") end)) -- expect: false	package_lib.lua:73: name conflict for module 'taken.sub'
print(pcall(module, "x1")) -- expect: false	'module' not called from a Lua function
print(pcall(module)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(package.seeall)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
local s = {}
package.seeall(s)
print(getmetatable(s).__index == _G, s.print == print) -- expect: true	true
print(require("defined") == defined, pcall(require, "outer.nope") == false) -- expect: true	true
-- Own loaders
table.insert(package.loaders, 2, function(n) if n:match("^virtual%.") then return function(...) return "loaded " .. ... end end return "\n\tnot virtual: " .. n end)
package.path, package.cpath = "?", "?.nolib"
print(require("virtual.x"), package.loaded["virtual.x"]) -- expect: loaded virtual.x	loaded virtual.x
print(pcall(require, "nope.virtual")) -- expect: false	module 'nope.virtual' not found:
-- expect: 	no field package.preload['nope.virtual']
-- expect: 	not virtual: nope.virtual
-- expect: 	no file 'nope/virtual'
-- expect: 	no file 'nope/virtual.nolib'
-- expect: 	no file 'nope.nolib'
package.loaders = nil print(pcall(require, "anything")) -- expect: false	'package.loaders' must be a table
print(pcall(package.loadlib, "no/such.so", "f") == true, select("#", package.loadlib("no/such.so", "f")), (package.loadlib("no/such.so", "f"))) -- expect: true	3	nil
