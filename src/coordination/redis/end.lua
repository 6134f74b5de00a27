-- Ends a session; its shards are free, and everyone is told. ARGV id, sequence, channel → 'ended' | 'refused'
local id = ARGV[1]
if enter(id, ARGV[2]) == 'refused' then return { 'refused' } end
drop(id, held(id))
if redis.call('ZREM', sessions, id) == 1 then
  redis.call('HDEL', facts, id)
  redis.call('HDEL', sequences, id)
  redis.call('HDEL', scopes, id)
  redis.call('HDEL', clusters, id)
  redis.call('INCR', version)
  redis.call('PUBLISH', ARGV[3], '*')
end
return { 'ended' }
