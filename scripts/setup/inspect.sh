#!/usr/bin/env bash
# A virtual environment with the real inspect-ai, without clients of model providers, for the suites that evaluate by it.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=inspect
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
