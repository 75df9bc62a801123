-- SPDX-License-Identifier: AGPL-3.0-or-later
-- For wrk: asks the paths in the file PATHS one after another and prints the latencies as shell assignments.
local paths, n = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
wrk.headers["Cookie"] = os.getenv("COOKIE")
function request()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("p50=%.2f p95=%.2f p99=%.2f requests=%d bad=%d\n", latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000, summary.requests, bad))
end
