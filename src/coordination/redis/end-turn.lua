-- Ends a turn, if it is ARGV 1's. KEYS 1 turn (as in turn.lua). → 1 | 0
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'holder', 'until')
