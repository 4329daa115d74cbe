#!/usr/bin/env bash
# A virtual environment with the real lmms-eval (CPU), for the suites that run it.
# Idempotent: an environment that can already import lmms_eval is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

home="${EVALD_CACHE:-$HOME/.cache/evald}/lmms-eval"
python="${PYTHON:-python3}"

ready() { [ -x "$home/bin/python" ] && "$home/bin/python" -c 'import lmms_eval.__main__, lmms_eval.entrypoints' >/dev/null 2>&1; }

if ready; then
  echo "setup:lmms-eval: ready, $home"
  exit 0
fi
give_up() { echo "setup:lmms-eval: $1" >&2; exit 3; }

command -v "$python" >/dev/null || give_up "no $python on this machine; set PYTHON to an interpreter"
mkdir -p "$(dirname "$home")"
"$home/bin/pip" --version >/dev/null 2>&1 || "$python" -m venv --clear "$home" || give_up "$python cannot make a virtual environment (on Debian: apt-get install python3-venv)"
log="$home/setup.log"
# torch first: on its own, lmms-eval's range may pull a CUDA build of several GB. lmms-eval 0.7.3, since the package of
# 0.7.2 lacks the templates of its tasks. fastapi and uvicorn: its client is imported through its server's package.
for package in torch==2.13.0 lmms-eval==0.7.3 fastapi uvicorn; do
  "$home/bin/pip" install --disable-pip-version-check --quiet "$package" >>"$log" 2>&1 ||
    give_up "pip could not install $package (is PyPI reachable?); see $log"
done
ready || give_up "lmms_eval was installed but cannot be imported; see $("$home/bin/python" -c 'import lmms_eval.__main__, lmms_eval.entrypoints' 2>&1 | tail -n 1)"
echo "setup:lmms-eval: ready, $home"
