#!/usr/bin/env bash
# A virtual environment with the real lmms-eval (CPU), for the suites that run it.
# Idempotent: an environment that can already import lmms_eval is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=lmms-eval
modules='lmms_eval.__main__, lmms_eval.entrypoints'
. "$(dirname "$0")/venv.sh"

ready() { [ -x "$home/bin/python" ] && imports "$modules" >/dev/null 2>&1; }

begin
# torch first: on its own, lmms-eval's range may pull a CUDA build of several GB. lmms-eval 0.7.3, since the package of
# 0.7.2 lacks the templates of its tasks. fastapi and uvicorn: its client is imported through its server's package.
install torch==2.13.0 lmms-eval==0.7.3 fastapi uvicorn
finish lmms_eval "$modules"
