#!/usr/bin/env bash
# libfaketime, for the suite that sets the clock of a real server.
# Idempotent: one that is there is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=faketime
. "$(dirname "$0")/common.sh"

find /usr/lib -path '*/faketime/libfaketimeMT.so.1' 2>/dev/null | grep -q . || apt_install libfaketime
finish
