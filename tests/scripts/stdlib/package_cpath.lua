-- needs: package
-- Where 'require' says it has looked, with the paths as they are at first, and with none.
print(package.cpath) -- expect: ./?.so;/usr/local/lib/lua/5.1/?.so;/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;/usr/lib/lua/5.1/?.so;/usr/local/lib/lua/5.1/loadall.so
print(select(2, pcall(require, "no.such-module"))) -- expect: module 'no.such-module' not found:
-- expect: 	no field package.preload['no.such-module']
-- expect: 	no file './no/such-module.lua'
-- expect: 	no file '/usr/local/share/lua/5.1/no/such-module.lua'
-- expect: 	no file '/usr/local/share/lua/5.1/no/such-module/init.lua'
-- expect: 	no file '/usr/local/lib/lua/5.1/no/such-module.lua'
-- expect: 	no file '/usr/local/lib/lua/5.1/no/such-module/init.lua'
-- expect: 	no file '/usr/share/lua/5.1/no/such-module.lua'
-- expect: 	no file '/usr/share/lua/5.1/no/such-module/init.lua'
-- expect: 	no file './no/such-module.so'
-- expect: 	no file '/usr/local/lib/lua/5.1/no/such-module.so'
-- expect: 	no file '/usr/lib/x86_64-linux-gnu/lua/5.1/no/such-module.so'
-- expect: 	no file '/usr/lib/lua/5.1/no/such-module.so'
-- expect: 	no file '/usr/local/lib/lua/5.1/loadall.so'
-- expect: 	no file './no.so'
-- expect: 	no file '/usr/local/lib/lua/5.1/no.so'
-- expect: 	no file '/usr/lib/x86_64-linux-gnu/lua/5.1/no.so'
-- expect: 	no file '/usr/lib/lua/5.1/no.so'
-- expect: 	no file '/usr/local/lib/lua/5.1/loadall.so'
package.path = ""
print(select(2, pcall(require, "v1-none"))) -- expect: module 'v1-none' not found:
-- expect: 	no field package.preload['v1-none']
-- expect: 	no file './v1-none.so'
-- expect: 	no file '/usr/local/lib/lua/5.1/v1-none.so'
-- expect: 	no file '/usr/lib/x86_64-linux-gnu/lua/5.1/v1-none.so'
-- expect: 	no file '/usr/lib/lua/5.1/v1-none.so'
-- expect: 	no file '/usr/local/lib/lua/5.1/loadall.so'
package.cpath = nil
print(select(2, pcall(require, "none"))) -- expect: 'package.cpath' must be a string
