-- Gives back what is the session's. ARGV id, sequence, channel, session to tell ('' for none), shards… → 'released' | 'refused'
-- A session that is over may still release: that is the truth, only late.
local problem = enter(ARGV[1], ARGV[2])
if problem == 'refused' then return { problem } end
local shards = {}
for i = 5, #ARGV do shards[#shards + 1] = ARGV[i] end
drop(ARGV[1], shards)
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return { 'released' }
