-- What wrk sends, and in which words it tells what came of it.
-- Arguments: `post BODY`, `jobs FILE` (ids, one a line; each request asks for one of them), `match ETAG`, `get`.

local function choose(file)
  local requests = {}
  for id in io.lines(file) do requests[#requests + 1] = wrk.format("GET", "/jobs/" .. id) end
  math.randomseed(1)
  function request() return requests[math.random(#requests)] end
end

function init(args)
  local kind, value = args[1], args[2]
  if kind == "post" then
    wrk.method, wrk.body = "POST", value
    wrk.headers["Content-Type"] = "application/json"
  elseif kind == "match" then
    wrk.headers["If-None-Match"] = value
  elseif kind == "jobs" then
    choose(value)
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
