#!/usr/bin/env bash
# Debian's Slurm (22.05 or later) and munge, for the suites that start a cluster of their own on this machine.
# Idempotent: a Slurm that is there is tried, and left as it is. No daemon of the packages is started or left running.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail

name=slurm
. "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || give_up "a cluster's daemons are started by root: run it as root"
for program in slurmctld slurmd sbatch squeue scancel scontrol sinfo munged; do
  command -v "$program" >/dev/null && continue
  # The packages would start daemons that wait for a configuration: the tests start their own.
  apt_install_unstarted slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins
  break
done
finish
