--[==[ long ]] ]==] local x --[[ short ]] = 1 -- line
return x --[[