# For the setups that are a virtual environment of Python packages; sourced by them, with `set -euo pipefail` on.
# In: $name, of the setup and of its folder. A caller defines `ready`, which tells whether $home has what is wanted.
# Exit: 0 ready, 3 it cannot be had here (said in one line).

home="${EVALD_CACHE:-$HOME/.cache/evald}/$name"
python="${PYTHON:-python3}"
log="$home/setup.log"

give_up() { echo "setup:$name: $1" >&2; exit 3; }

# Ends here when it is ready; makes the environment if there is none that works.
begin() {
  if ready; then
    echo "setup:$name: ready, $home"
    exit 0
  fi
  command -v "$python" >/dev/null || give_up "no $python on this machine; set PYTHON to an interpreter"
  mkdir -p "$(dirname "$home")"
  "$home/bin/pip" --version >/dev/null 2>&1 || "$python" -m venv --clear "$home" || give_up "$python cannot make a virtual environment (on Debian: apt-get install python3-venv)"
  : >"$log"
}

# Installs packages, one after the other: each may need the one before.
install() {
  local package
  for package in "$@"; do
    "$home/bin/pip" install --disable-pip-version-check --quiet "$package" >>"$log" 2>&1 ||
      give_up "pip could not install $package (is PyPI reachable?); see $log"
  done
}

# Says that it is ready, or why it is not. $1: what should be there. $2: its modules, whose complaint is told; else the log is.
finish() {
  if ! ready; then
    [ "$#" -lt 2 ] || give_up "$1 was installed but cannot be imported; see $(imports "$2" 2>&1 | tail -n 1)"
    give_up "$1 was installed but cannot be imported; see $log"
  fi
  echo "setup:$name: ready, $home"
}

# Whether Python modules can be imported; what they say of it goes to standard error.
imports() { "$home/bin/python" -c "import $1"; }
