-- A target's state with the epoch of its owner. KEYS 1 state (hash: epoch, state). ARGV epoch, bytes, ttl ms → 1 | 0: a higher epoch has saved
if (tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0) or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
