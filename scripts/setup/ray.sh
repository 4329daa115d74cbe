#!/usr/bin/env bash
# A virtual environment with Ray and its Jobs API, for the suites that run a cluster on loopback.
# Idempotent: an environment whose Ray and dashboard can already be imported is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

home="${EVALD_CACHE:-$HOME/.cache/evald}/ray"
python="${PYTHON:-python3}"

ready() { [ -x "$home/bin/ray" ] && "$home/bin/python" -c 'import ray, aiohttp, ray.dashboard.modules.job.job_head' >/dev/null 2>&1; }

if ready; then
  echo "setup:ray: ready, $home"
  exit 0
fi
give_up() { echo "setup:ray: $1" >&2; exit 3; }

command -v "$python" >/dev/null || give_up "no $python on this machine; set PYTHON to an interpreter"
mkdir -p "$(dirname "$home")"
"$home/bin/pip" --version >/dev/null 2>&1 || "$python" -m venv --clear "$home" || give_up "$python cannot make a virtual environment (on Debian: apt-get install python3-venv)"
log="$home/setup.log"
"$home/bin/pip" install --disable-pip-version-check --quiet 'ray[default]==2.60.0' >"$log" 2>&1 ||
  give_up "pip could not install ray[default] (is PyPI reachable?); see $log"
ready || give_up "ray was installed but cannot be imported; see $("$home/bin/python" -c 'import ray, aiohttp, ray.dashboard.modules.job.job_head' 2>&1 | tail -n 1)"
echo "setup:ray: ready, $home"
