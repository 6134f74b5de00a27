-- Takes what is free. ARGV id, sequence, shards… (at most 64) → 'lost' | 'refused' | 'claimed', shards that are the session's now…
-- Free: nobody's, or of a session that is over. What is the session's already is claimed again with no effect.
local id = ARGV[1]
local problem = enter(id, ARGV[2])
if problem then return { problem } end
local mine, any = {}, false
for i = 3, #ARGV do
  local holder = redis.call('HGET', owner, ARGV[i])
  if not holder or holder == id or not redis.call('ZSCORE', sessions, holder) then
    if holder ~= id then
      redis.call('HSET', owner, ARGV[i], id)
      any = true
    end
    mine[#mine + 1] = ARGV[i]
  end
end
if any then redis.call('INCR', version) end
return { 'claimed', unpack(mine) }
