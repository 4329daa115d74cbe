# For the setups that are a virtual environment of Python packages: all versions are in $name.lock, and are installed as
# they stand. Sourced after common.sh.

lock="$here/$name.lock"
python="${PYTHON:-python3}"

wanted() { grep -v '^#' "$lock" | LC_ALL=C sort; }
# Without a build's own mark: torch==2.13.0 asks for 2.13.0+cpu too.
installed() { "$home/bin/python" -m pip freeze 2>/dev/null | sed 's/+[[:alnum:].]*$//' | LC_ALL=C sort; }
# A line for each package that is not as it should be.
differences() { diff <(wanted) <(installed) | grep '^[<>]' || true; }

if [ ! -x "$home/bin/python" ] || [ -n "$(differences)" ]; then
  command -v "$python" >/dev/null || give_up "no $python on this machine; set PYTHON to an interpreter"
  # From here until all of it was tried, nothing is ready.
  rm -f "$marker"
  said="$("$python" -m venv --clear "$home" 2>&1)" ||
    give_up "$python cannot make a virtual environment (on Debian: apt-get install python3-venv): $(head -n 1 <<<"$said")"
  "$home/bin/python" -m pip install --disable-pip-version-check --no-deps -r "$lock" >"$log" 2>&1 ||
    give_up "pip could not install $name.lock (is the package index reachable, and does it have them for $("$python" --version)?): $(grep '^ERROR' "$log" | head -n 1); see $log"
  different="$(differences)"
  [ -z "$different" ] || give_up "pip installed something else than $name.lock says: $(head -n 1 <<<"$different"); see $log"
fi
finish "$name.lock" venv.sh
