#!/usr/bin/env bash
# A virtual environment with what evald-forward (python/src/evald_client/forward/) forwards to: W&B, MLflow (with a store in SQLite) and TensorBoard.
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=forward
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
