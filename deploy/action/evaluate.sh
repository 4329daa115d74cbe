# The step Evaluate of action.yml: submits, waits, and says what came of it.
set -euo pipefail

evald() { node "$GITHUB_ACTION_PATH/src/evald.ts" "$@"; }
output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

read -r -d '' -a tasks < <(tr ',\n' '  ' <<<"$INPUT_TASKS"; printf '\0')
arguments=()
while IFS= read -r line; do [ -z "${line// /}" ] || arguments+=("--model-args=$line"); done <<<"$INPUT_MODEL_ARGS"
fields=()
[ -z "$INPUT_FIELDS" ] || fields=(-f -)

# $1: the key. The same run of a workflow that asks the same gets the same job, also when its connection was lost.
submit() { evald submit "$INPUT_MODEL" "${tasks[@]}" "${arguments[@]}" "${fields[@]}" --idempotency-key "$1" -o name <<<"$INPUT_FIELDS"; }
status_of() { evald show "$1" -o json | jq -r .status; }

asked=$(sha256sum <<<"$INPUT_MODEL|$INPUT_TASKS|$INPUT_MODEL_ARGS|$INPUT_FIELDS" | cut -c 1-16)
key="github:$GITHUB_REPOSITORY:$GITHUB_RUN_ID:$asked"
job=$(submit "$key")
# A workflow that is run again repeats what failed, and keeps what completed.
if [ "${GITHUB_RUN_ATTEMPT:-1}" -gt 1 ]; then
  case $(status_of "$job") in failed | cancelled) job=$(submit "$key:$GITHUB_RUN_ATTEMPT") ;; esac
fi
output job_id "$job"

code=0
evald wait "$job" --for ended --timeout "$INPUT_TIMEOUT" || code=$?
shown=$(evald show "$job" -o json)
status=$(jq -r .status <<<"$shown")
output status "$status"
output metrics "$(jq -c '.metrics // {}' <<<"$shown")"
[ "$code" -eq 0 ] || exit "$code"
[ "$status" = completed ] || { printf '::error title=evald::job %s %s\n' "$job" "$status"; exit 1; }
