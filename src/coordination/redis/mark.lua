-- A name that is one holder's for a while. KEYS 1 name. ARGV holder, ttl ms, a holder that is gone (or empty) → the other holder, or false
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[3] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
