-- The version alone; it differs from the last one when an owner or a session changed. → version
return redis.call('GET', version) or '0'
