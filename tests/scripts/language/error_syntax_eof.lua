-- expect error: error_syntax_eof.lua:7: 'end' expected (to close 'function' at line 3) near '<eof>'
print("not printed")
function f()
  while true do
    x = 1
  end
