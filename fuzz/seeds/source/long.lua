return [[
first]], [==[ ]] ]=] ]==], [=[ open