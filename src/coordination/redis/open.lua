-- A new session. ARGV id, ttl ms, facts JSON, scope, cluster, install (both '' for none) → 'opened' | 'exists' | 'scope' or 'cluster' and the other one
-- Clusters are compared where both were read from the same kind of object.
if redis.call('ZSCORE', sessions, ARGV[1]) then return { 'exists' } end
-- A Redis that evicts may have dropped the sessions alone: what it kept of them is nobody's.
for _, key in ipairs({ facts, sequences, scopes, clusters }) do
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if not redis.call('ZSCORE', sessions, all[i]) then redis.call('HDEL', key, all[i]) end
  end
end
-- While an install is upgraded, those that come may watch something else than those that go.
local function ofInstall(id)
  local said = redis.call('HGET', facts, id)
  local readable, read = pcall(cjson.decode, said or '')
  return ARGV[6] ~= '' and readable and type(read) == 'table' and read.install == ARGV[6]
end
local watched = redis.call('HGETALL', scopes)
for i = 1, #watched, 2 do
  if watched[i + 1] ~= ARGV[4] and not ofInstall(watched[i]) then return { 'scope', watched[i + 1] } end
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
