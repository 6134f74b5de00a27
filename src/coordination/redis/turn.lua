-- Whose turn it is. KEYS 1 turn (hash: holder, until, next, nextUntil). ARGV holder, ttl ms, how long who asks first is kept in mind, ms
-- → who has it or gets it next, or false: it is ARGV 1's. The holder may ask again: it lasts longer.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local me = ARGV[1]
local found = redis.call('HMGET', KEYS[1], 'holder', 'until', 'next', 'nextUntil')
local held = found[1] and tonumber(found[2]) > now and found[1]
local following = found[3] and tonumber(found[4]) > now and found[3]
local other = held
if held == me then other = false end
if not held and following ~= me then other = following end
if other then
  if not following or following == me then redis.call('HSET', KEYS[1], 'next', me, 'nextUntil', now + ARGV[3]) end
  redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
  return other
end
if following == me then redis.call('HDEL', KEYS[1], 'next', 'nextUntil') end
redis.call('HSET', KEYS[1], 'holder', me, 'until', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return false
