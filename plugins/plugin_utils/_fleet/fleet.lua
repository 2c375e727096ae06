-- SPDX-FileCopyrightText: 2026 bloq.cloud contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What must happen in one step on the server. ARGV[1] says which; KEYS[1] is the lock; ARGV[2] is the holder's token.
-- A lock is a hash that expires: token, holder, since and fence. Every command may be sent twice with the same result.

local command, token = ARGV[1], ARGV[2]
local lock = KEYS[1]

local function is_held()
  return redis.call('HGET', lock, 'token') == token
end

-- The lease never becomes shorter by this, unless that is asked for.
local function lease(milliseconds, shorten)
  if shorten or tonumber(milliseconds) > redis.call('PTTL', lock) then
    redis.call('PEXPIRE', lock, milliseconds)
  end
end

-- take: KEYS[2] counts the fences, if there is one. ARGV: milliseconds, holder.
if command == 'take' then
  if redis.call('EXISTS', lock) == 1 then
    if not is_held() then
      return {0, redis.call('HGET', lock, 'holder'), redis.call('HGET', lock, 'since'), redis.call('PTTL', lock)}
    end
  else
    local fence = KEYS[2] and redis.call('INCR', KEYS[2]) or 0
    redis.call('HSET', lock, 'token', token, 'holder', ARGV[4], 'since', redis.call('TIME')[1], 'fence', fence)
  end
  lease(ARGV[3], false)
  return {1, tonumber(redis.call('HGET', lock, 'fence'))}
end

-- hold: ARGV: milliseconds, 1 to make the lease shorter as well. Returns whether the lock is still held.
if command == 'hold' then
  if not is_held() then return 0 end
  lease(ARGV[3], ARGV[4] == '1')
  return 1
end

if command == 'release' then
  return is_held() and redis.call('DEL', lock) or 0
end

-- write: KEYS[2] is a hash. ARGV: milliseconds, then a field and a value, empty to remove the field, and so on.
if command == 'write' then
  if not is_held() then return 0 end
  lease(ARGV[3], false)
  for index = 4, #ARGV, 2 do
    if ARGV[index + 1] == '' then
      redis.call('HDEL', KEYS[2], ARGV[index])
    else
      redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1])
    end
  end
  return 1
end

return redis.error_reply('there is no such command')
