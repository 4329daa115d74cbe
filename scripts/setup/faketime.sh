#!/usr/bin/env bash
# libfaketime, for the suite that sets the clock of a real server.
# Idempotent: one that is there is left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

give_up() { echo "setup:faketime: $1" >&2; exit 3; }
library() { find /usr/lib -path '*/faketime/libfaketimeMT.so.1' 2>/dev/null | head -n 1; }
ready() { [ -n "$(library)" ] && [ "$(LD_PRELOAD="$(library)" FAKETIME='@2001-01-01 00:00:00' date +%Y 2>/dev/null)" = 2001 ]; }

if ! ready; then
  command -v apt-get >/dev/null || give_up "no apt-get on this machine; install libfaketime by its own means"
  [ "$(id -u)" = 0 ] || give_up "apt-get takes root; run it as root or ask who is"
  log="$(mktemp)"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends libfaketime; } >"$log" 2>&1 ||
    give_up "apt-get could not install libfaketime; see $log"
  ready || give_up "libfaketime was installed and changes no time"
  rm -f "$log"
fi
echo "setup:faketime: ready, $(library)"
