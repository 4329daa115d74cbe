#!/usr/bin/env bash
# Debian's slurmdbd and MariaDB's server, for the suites whose cluster has accounts, limits and QOS. Idempotent: what is there is
# tried, and left as it is. No daemon of the packages is started or left running.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=slurmdbd
. "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || give_up "a cluster's daemons are started by root: run it as root"
command -v slurmctld >/dev/null || give_up "npm run setup:slurm comes first"
if ! { command -v slurmdbd && command -v mariadbd; } >/dev/null; then
  # The packages would start daemons that wait for a configuration: the tests start their own.
  apt_install_unstarted slurmdbd mariadb-server-core
fi
finish
