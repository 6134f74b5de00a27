-- Ends a session; its shards are free. ARGV id, sequence → 'ended' | 'refused'
local id = ARGV[1]
if enter(id, ARGV[2]) == 'refused' then return { 'refused' } end
drop(id, held(id))
if redis.call('ZREM', sessions, id) == 1 then
  redis.call('HDEL', facts, id)
  redis.call('HDEL', sequences, id)
  redis.call('HDEL', scopes, id)
  redis.call('INCR', version)
end
return { 'ended' }
