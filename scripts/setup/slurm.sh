#!/usr/bin/env bash
# Debian's Slurm and munge, for the suites that start a cluster of their own on this machine.
# Idempotent: a Slurm that answers is left as it is. No daemon of the packages is started or left running.
# Exit: 0 ready, 3 it cannot be had here (said in one line).
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

packages=(slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins)
programs=(slurmctld slurmd sbatch squeue scancel scontrol sinfo munged)

ready() { command -v "${programs[@]}" >/dev/null && [ "$(command -v "${programs[@]}" | wc -l)" = "${#programs[@]}" ] && slurmctld -V >/dev/null 2>&1; }
give_up() { echo "setup:slurm: $1" >&2; exit 3; }

if ! ready; then
  command -v apt-get >/dev/null || give_up "no apt-get on this machine; install Slurm 22.05 or later and munge by its own means"
  [ "$(id -u)" = 0 ] || give_up "apt-get takes root; run it as root or ask who is"
  log="$(mktemp)"
  # The packages would start daemons that wait for a configuration: the tests start their own.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 ||
    give_up "apt-get could not install ${packages[*]}; see $log"
  ready || give_up "Slurm was installed but does not start: $(slurmctld -V 2>&1 | tail -n 1)"
  rm -f "$log"
fi
echo "setup:slurm: ready, $(slurmctld -V)"
