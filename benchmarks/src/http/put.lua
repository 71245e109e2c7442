-- Puts the benchmark's document under a key that changes with every request.
local index = 0
wrk.method = "PUT"
wrk.headers["Content-Type"] = "application/json"

function request()
  index = index + 1
  local path = string.format("%suser%%3A%010d", wrk.path, index % 100000)
  local body = string.format(
    '{"value":{"id":%d,"name":"User Number %d","email":"user%d@example.com","active":true,"score":%f}}',
    index, index, index, index / 7)
  return wrk.format(nil, path, nil, body)
end
