-- A new session. ARGV id, ttl ms, facts JSON, scope, cluster ('' for none) → 'opened' | 'exists' | 'scope' or 'cluster' and the other one
-- Clusters are compared where both were read from the same kind of object.
if redis.call('ZSCORE', sessions, ARGV[1]) then return { 'exists' } end
for _, other in ipairs(redis.call('HVALS', scopes)) do
  if other ~= ARGV[4] then return { 'scope', other } end
end
local kind = ARGV[5]:match('^[^:]*')
for _, other in ipairs(redis.call('HVALS', clusters)) do
  if other ~= ARGV[5] and other:match('^[^:]*') == kind then return { 'cluster', other } end
end
redis.call('ZADD', sessions, now + ARGV[2], ARGV[1])
redis.call('HSET', facts, ARGV[1], ARGV[3])
redis.call('HSET', scopes, ARGV[1], ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', clusters, ARGV[1], ARGV[5]) end
redis.call('HSET', sequences, ARGV[1], 0)
redis.call('INCR', version)
return { 'opened' }
