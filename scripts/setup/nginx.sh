#!/usr/bin/env bash
# nginx, for the suite of the reverse proxy (test/deploy/proxy.test.ts). Its own daemon is not started.
# Idempotent: what is there is tried, and left as it is.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=nginx
. "$(dirname "$0")/common.sh"

command -v nginx >/dev/null || apt_install_unstarted nginx-light
finish
