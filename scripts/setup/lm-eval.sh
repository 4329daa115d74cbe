#!/usr/bin/env bash
# A virtual environment with the real lm-eval, without torch, for the suites that read what it writes.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=lm-eval
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
