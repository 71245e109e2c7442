-- Sends the requests of a file in turn, and reports what wrk counted as lines of "name number".
local requests = {}
local index = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  -- Requests are ready to be sent, so that wrk costs as little as it can. NUL stands behind each.
  for request in file:read("*a"):gmatch("([^%z]+)%z") do
    requests[#requests + 1] = request
  end
  file:close()
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function done(summary, latency)
  local errors = summary.errors
  local report = {
    requests = summary.requests,
    micros = summary.duration,
    p50Micros = latency:percentile(50),
    p99Micros = latency:percentile(99),
    p999Micros = latency:percentile(99.9),
    refused = errors.status,
    failed = errors.connect + errors.read + errors.write,
    late = errors.timeout,
  }
  for name, value in pairs(report) do
    io.write(string.format("%s %.0f\n", name, value))
  end
end
