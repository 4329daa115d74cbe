#!/usr/bin/env bash
# A virtual environment with schemathesis, which tries the interface by its own description. Another version would
# generate other requests, and know other checks.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=schemathesis
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
