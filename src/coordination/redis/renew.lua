-- Prolongs a session. ARGV id, sequence, ttl ms, facts JSON → 'lost' | 'refused' | 'renewed', version, shards…
local problem = enter(ARGV[1], ARGV[2])
if problem then return { problem } end
redis.call('ZADD', sessions, now + ARGV[3], ARGV[1])
redis.call('HSET', facts, ARGV[1], ARGV[4])
return { 'renewed', redis.call('GET', version) or '0', unpack(held(ARGV[1])) }
