/**
 * The helper of a run on its node: ends what is left of the run when Ray stops it, or kills its shell.
 *
 * Arguments: the pid of the shell, seconds of grace, the run's mark, the run's state folder (or nothing, where the node
 * does not see it). Ray sends TERM to all that descend from the shell, this one included; daemons that have left the tree
 * are found by their mark, and get it from here. When Ray does not answer, evald asks by a file, `terminate` or `kill`.
 * After the grace period, or for `kill`, all that is marked is killed until nothing is left.
 */
export const helperScript = `
main=$1 grace=$2 mark=$3 state=$4
asked=
trap 'asked=signal' TERM INT HUP
nap() { sleep 0.2 || sleep 1; }
stat_of() { read -r line <"/proc/$1/stat" && set -- \${line##*) } && condition=$1 parent=$2; }
lives() { stat_of "$main" && [ "$condition" != Z ]; }
descends() {
  of=$1
  while [ "$of" != "$main" ]; do
    [ "$of" -gt 1 ] && stat_of "$of" || return 1
    of=$parent
  done
}
has() { [ -n "$state" ] && [ -e "$state/$1" ]; }
marked() { grep -lzxF -e "$mark" /proc/[0-9]*/environ; }
pids() { for path in $(marked); do path=\${path#/proc/}; printf '%s ' "\${path%/environ}"; done; }
while [ -z "$asked" ] && lives; do
  if has terminate || has kill; then asked=file; else sleep 1; fi
done
case $asked in
  signal) for pid in $(pids); do descends "$pid" || kill -TERM "$pid"; done ;;
  file) has kill || kill -TERM $(pids) ;;
esac
naps=0
while lives; do
  if [ "$naps" -ge "$((grace * 5))" ] || has kill; then kill -KILL $(pids); fi
  nap
  naps=$((naps + 1))
done
for again in 1 2 3 4 5 6 7 8 9 10; do
  left=$(pids)
  [ -n "$left" ] || break
  kill -KILL $left
  nap
done
`;
