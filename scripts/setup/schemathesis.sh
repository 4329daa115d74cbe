#!/usr/bin/env bash
# A virtual environment with schemathesis, which tries the interface by its own description.
# Idempotent: an environment that has this version is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

home="${EVALD_CACHE:-$HOME/.cache/evald}/schemathesis"
python="${PYTHON:-python3}"
# Pinned: another version generates other requests, and knows other checks.
version=4.32.5

ready() { [ "$("$home/bin/python" -c 'import importlib.metadata as m; print(m.version("schemathesis"))' 2>/dev/null)" = "$version" ]; }

if ready; then
  echo "setup:schemathesis: ready, $home"
  exit 0
fi
give_up() { echo "setup:schemathesis: $1" >&2; exit 3; }

command -v "$python" >/dev/null || give_up "no $python on this machine; set PYTHON to an interpreter"
mkdir -p "$(dirname "$home")"
"$home/bin/pip" --version >/dev/null 2>&1 || "$python" -m venv --clear "$home" || give_up "$python cannot make a virtual environment (on Debian: apt-get install python3-venv)"
log="$home/setup.log"
"$home/bin/pip" install --disable-pip-version-check --quiet "schemathesis==$version" >"$log" 2>&1 ||
  give_up "pip could not install schemathesis $version (is PyPI reachable?); see $log"
ready || give_up "schemathesis was installed but cannot be imported; see $log"
echo "setup:schemathesis: ready, $home"
