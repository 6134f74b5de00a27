-- Flags that come and go. KEYS 1 flags (hash). ARGV the highest count that is known, then for each flag its name and its value (empty: it is lifted)
local digits = string.match(redis.call('HGET', KEYS[1], '.kept') or '', '^%d+') or ''
-- Beyond that one more is the same number: it is nobody's count of ours.
local count = #digits <= 15 and tonumber(digits) or 0
local now = redis.call('TIME')
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
local mark = string.format('%d %s.%s', math.max(count, tonumber(ARGV[1])) + 1, now[1], now[2])
redis.call('HSET', KEYS[1], '.kept', mark)
return false
