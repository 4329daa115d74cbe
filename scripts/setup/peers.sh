#!/usr/bin/env bash
# Debian's Redis and PostgreSQL, and the packages of bench/peers/ in the versions of its lock: the queues that the benchmark
# measures beside evald. Idempotent: what is there is tried, and left as it is. No server of the packages is started.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=peers
. "$(dirname "$0")/common.sh"

peers="$here/../../bench/peers"
postgres() { find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | grep -q .; }

if ! { command -v redis-server && command -v redis-cli && postgres; } >/dev/null; then
  # The packages would start servers of their own: the benchmark starts its.
  apt_install_unstarted redis-server postgresql
fi
# npm writes the hidden lock last of all.
if ! cmp -s "$peers/package-lock.json" "$home/package-lock.json" || [ ! -e "$home/node_modules/.package-lock.json" ]; then
  # From here until all of it was tried, nothing is ready.
  rm -rf "$marker" "$home/node_modules"
  cp "$peers/package.json" "$peers/package-lock.json" "$home"
  # Without install scripts, which would compile what is there compiled.
  npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund >"$log" 2>&1 ||
    give_up "npm could not install bench/peers/package-lock.json (is the registry reachable?); see $log"
fi
finish ../../bench/peers/package.json ../../bench/peers/package-lock.json
