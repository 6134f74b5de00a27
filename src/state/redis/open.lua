-- A new session. ARGV id, ttl ms, facts JSON, scope → 'opened' | 'exists' | 'scope' and the other one
if redis.call('ZSCORE', sessions, ARGV[1]) then return { 'exists' } end
for _, other in ipairs(redis.call('HVALS', scopes)) do
  if other ~= ARGV[4] then return { 'scope', other } end
end
redis.call('ZADD', sessions, now + ARGV[2], ARGV[1])
redis.call('HSET', facts, ARGV[1], ARGV[3])
redis.call('HSET', scopes, ARGV[1], ARGV[4])
redis.call('HSET', sequences, ARGV[1], 0)
redis.call('INCR', version)
return { 'opened' }
