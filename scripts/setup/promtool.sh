#!/usr/bin/env bash
# promtool of Debian's Prometheus, for the suite that reads what a server measures, and the files of deploy/prometheus/.
# Idempotent: one that is there is tried, and left as it is. No server of the package is started.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=promtool
. "$(dirname "$0")/common.sh"

command -v promtool >/dev/null || apt_install_unstarted prometheus
finish
