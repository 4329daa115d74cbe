#!/usr/bin/env bash
# Debian's Chromium, for the suites that look at pages.
# Idempotent: a Chromium that is there is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=chromium
. "$(dirname "$0")/common.sh"

[ -x /usr/bin/chromium ] || apt_install chromium fonts-dejavu-core
finish
