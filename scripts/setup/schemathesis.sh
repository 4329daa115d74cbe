#!/usr/bin/env bash
# A virtual environment with schemathesis, which tries the interface by its own description.
# Idempotent: an environment that has this version is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=schemathesis
# Pinned: another version generates other requests, and knows other checks.
version=4.32.5
. "$(dirname "$0")/venv.sh"

ready() { [ "$("$home/bin/python" -c 'import importlib.metadata as m; print(m.version("schemathesis"))' 2>/dev/null)" = "$version" ]; }

begin
install "schemathesis==$version"
finish schemathesis
