#!/usr/bin/env bash
# A virtual environment with what the Python package is tried with: pytest, mypy, Lightning and the build backend beside
# torch (CPU), transformers, pandas, httpx and ruff, which are those of `npm run setup:lmms-eval`: a gigabyte that is there
# once. The package itself is taken from this checkout.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=python-client
. "$(dirname "$0")/common.sh"

lock="$here/$name.lock"
base="${home%/*}/lmms-eval"
[ -f "$base/ready" ] || give_up "npm run setup:lmms-eval comes first, whose torch and transformers it uses"

site() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
# A line for each package that is not as it should be.
differences() {
  diff <(grep -v '^#' "$lock" | LC_ALL=C sort) \
    <("$home/bin/python" -m pip freeze --path "$(site "$home")" 2>/dev/null | LC_ALL=C sort) | grep '^[<>]' || true
}

if [ ! -x "$home/bin/python" ] || [ -n "$(differences)" ]; then
  # From here until all of it was tried, nothing is ready.
  rm -f "$marker"
  said="$("$base/bin/python" -m venv --clear "$home" 2>&1)" ||
    give_up "$base/bin/python cannot make a virtual environment: $(head -n 1 <<<"$said")"
  "$home/bin/python" -m pip install --disable-pip-version-check --no-deps -r "$lock" >"$log" 2>&1 ||
    give_up "pip could not install $name.lock (is the package index reachable?): $(grep '^ERROR' "$log" | head -n 1); see $log"
  different="$(differences)"
  [ -z "$different" ] || give_up "pip installed something else than $name.lock says: $(head -n 1 <<<"$different"); see $log"
  site "$base" >"$(site "$home")/lmms-eval.pth"
fi
finish "$name.lock" lmms-eval.lock
