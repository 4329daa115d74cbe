#!/usr/bin/env bash
# A virtual environment with the real lmms-eval (CPU), for the suites that run it. lmms-eval 0.7.3, since the package of
# 0.7.2 lacks the templates of its tasks. The lock has filelock 3.29, since lmms-eval 0.7.3 imports a part that 4 has not,
# and no torchvision, since what an index offers does not fit a CPU torch. An index that has the CUDA build of torch only
# gives one that lacks its libraries: add PyTorch's own index of CPU builds then (PIP_EXTRA_INDEX_URL).
# Idempotent: an environment that has the versions of the lock is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=lmms-eval
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/venv.sh"
