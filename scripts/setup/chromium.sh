#!/usr/bin/env bash
# Debian's Chromium, for the suite that looks at the page of the machines.
# Idempotent: a Chromium that answers is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

ready() { chromium --version >/dev/null 2>&1; }
give_up() { echo "setup:chromium: $1" >&2; exit 3; }

if ! ready; then
  command -v apt-get >/dev/null || give_up "no apt-get on this machine; install chromium by its own means"
  [ "$(id -u)" = 0 ] || give_up "apt-get takes root; run it as root or ask who is"
  log="$(mktemp)"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1 ||
    give_up "apt-get could not install chromium; see $log"
  ready || give_up "chromium was installed but does not start: $(chromium --version 2>&1 | tail -n 1)"
  rm -f "$log"
fi
echo "setup:chromium: ready, $(command -v chromium)"
