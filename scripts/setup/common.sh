# For all setups; sourced by them, with `set -euo pipefail` on and $name set.
# What was set up and tried leaves a marker, $home/ready: the SHA-256 of every file that it was made by. The tests take a
# setup as present only while these files are as they were (test/support/needs.ts).
# Exit: 0 ready, 3 it cannot be had here (said in one line).

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PATH="$here/../../node_modules/.bin:$PATH:/usr/sbin:/sbin"

give_up() {
  trap - ERR
  echo "setup:$name: $1" >&2
  exit 3
}
trap 'give_up "line $LINENO of ${BASH_SOURCE[0]##*/} failed: $(head -n 1 <<<"$BASH_COMMAND")"' ERR

[ -n "${EVALD_CACHE:-${HOME:-}}" ] || give_up "there is no HOME; set EVALD_CACHE to a folder for what is set up"
home="${EVALD_CACHE:-$HOME/.cache/evald}/$name"
log="$home/setup.log"
marker="$home/ready"
mkdir -p "$home" 2>/dev/null || give_up "$home cannot be made; set EVALD_CACHE to a folder for what is set up"

# Installs Debian packages; nothing of what apt-get says is shown unless it fails.
apt_install() {
  command -v apt-get >/dev/null || give_up "no apt-get on this machine; install $* by its own means"
  [ "$(id -u)" = 0 ] || give_up "apt-get takes root; run it as root, or have $* installed"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } >"$log" 2>&1 ||
    give_up "apt-get could not install $*; see $log"
}

# The same of packages that would start daemons of their own: none is started.
apt_install_unstarted() {
  if [ ! -e /usr/sbin/policy-rc.d ] && [ "$(id -u)" = 0 ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt_install "$@"
}

# Tries what the tests need of it, then leaves the marker. $@: the files, beside this one, that it was made by.
finish() {
  [ -d "$here/../../node_modules" ] || give_up "npm ci comes first: what was set up is tried by programs of the tests"
  if ! node "$here/try/$name.ts" >"$log" 2>&1; then
    rm -f "$marker"
    give_up "it is there and does not work: $(grep . "$log" | tail -n 1); see $log"
  fi
  (cd "$here" && sha256sum "$name.sh" common.sh "try/$name.ts" "$@") >"$marker.new"
  mv "$marker.new" "$marker"
  echo "setup:$name: ready, $home"
}
