-- A program that does not compile prints nothing.
print("not printed")
if true then
  local x = = 1 -- expect error: error_syntax.lua:4: unexpected symbol near '='
end
