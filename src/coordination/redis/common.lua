-- Put before every lease script.
-- KEYS  1 sessions (zset: id → expiry, ms)   2 facts (hash: id → JSON)   3 sequence (hash: id → last number)
--       4 owner (hash: shard → id)           5 version (counter)         6 scope (hash: id → scope)
--       7 cluster (hash: id → kind:uid; not of every session)
-- All carry one hash tag, so a script is atomic in a cluster too. Time is the server's, so replicas need no common clock.
local sessions, facts, sequences, owner, version, scopes, clusters = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- What is no number any more, by whoever wrote it, could not be counted on from; another number says that all may have changed.
if not (redis.call('GET', version) or '0'):match('^%d+$') then redis.call('SET', version, now) end

-- Sessions that are over go; their shards are free by that alone.
local over = redis.call('ZRANGEBYSCORE', sessions, '-inf', now)
-- So are those that would last for a minute: none does, the clock was put back (a failover) under whoever does not renew them.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', sessions, now + 60000, '+inf')) do over[#over + 1] = id end
for _, id in ipairs(over) do
  redis.call('ZREM', sessions, id)
  redis.call('HDEL', facts, id)
  redis.call('HDEL', sequences, id)
  redis.call('HDEL', scopes, id)
  redis.call('HDEL', clusters, id)
end
if #over > 0 then redis.call('INCR', version) end

-- nil when the session lives and the sequence is new; otherwise 'lost' or 'refused'.
local function enter(id, sequence)
  if not redis.call('ZSCORE', sessions, id) then return 'lost' end
  if tonumber(sequence) <= tonumber(redis.call('HGET', sequences, id) or 0) then return 'refused' end
  redis.call('HSET', sequences, id, sequence)
end

local function held(id)
  local all, mine = redis.call('HGETALL', owner), {}
  for i = 1, #all, 2 do
    if all[i + 1] == id then mine[#mine + 1] = all[i] end
  end
  return mine
end

local function drop(id, shards)
  local any = false
  for _, shard in ipairs(shards) do
    if redis.call('HGET', owner, shard) == id then
      redis.call('HDEL', owner, shard)
      any = true
    end
  end
  if any then redis.call('INCR', version) end
end
