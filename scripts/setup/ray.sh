#!/usr/bin/env bash
# A virtual environment with Ray and its Jobs API, for the suites that run a cluster on loopback.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=ray
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
