-- Everything. → version, facts of live sessions as id, JSON, id, JSON …; owners as shard, id, shard, id …
local all, live = redis.call('HGETALL', facts), {}
for i = 1, #all, 2 do
  if redis.call('ZSCORE', sessions, all[i]) then
    live[#live + 1] = all[i]
    live[#live + 1] = all[i + 1]
  end
end
return { redis.call('GET', version) or '0', live, redis.call('HGETALL', owner) }
