#!/usr/bin/env bash
# A virtual environment with scipy and statsmodels, which work out again what src/scores/ works out.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=scipy
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
