#!/usr/bin/env bash
# A virtual environment with Ray and its Jobs API, for the suites that run a cluster on loopback.
# Idempotent: an environment whose Ray and dashboard can already be imported is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=ray
modules='ray, aiohttp, ray.dashboard.modules.job.job_head'
. "$(dirname "$0")/venv.sh"

ready() { [ -x "$home/bin/ray" ] && imports "$modules" >/dev/null 2>&1; }

begin
install 'ray[default]==2.60.0'
finish ray "$modules"
