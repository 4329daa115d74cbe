# The step Judge of action.yml: holds the job against the baseline, and writes the summary.
set -euo pipefail

evald() { node "$GITHUB_ACTION_PATH/src/evald.ts" "$@"; }
# Texts of the server as cells of a table: no line of theirs ends one, and no sign of theirs means anything to Markdown.
cells='def cell: tostring | gsub("[\\s|<>`\\[\\]*\\\\]+"; " ");'

shown=$(evald show "$INPUT_JOB" -o json)
status=$(jq -r .status <<<"$shown")
{
  jq -r "$cells"' "### evald: \(.request.model | cell), \(.status)\n\nJob `\(.job_id)`\n"' <<<"$shown"
  jq -r "$cells"' if .metrics then "| task | metric | value | standard error | n |\n|---|---|---:|---:|---:|",
    (.metrics | to_entries[] | .key as $task | .value | to_entries[]
      | "| \($task | cell) | \(.key | cell) | \(.value.value // "") | \(.value.stderr // "") | \(.value.n // "") |")
    elif .error then "> \(.error | split("\n")[0] | cell)" else empty end' <<<"$shown"
} >>"$GITHUB_STEP_SUMMARY"

if [ -z "$INPUT_BASELINE" ] || [ "$status" != completed ]; then exit 0; fi

policy=(--policy "$INPUT_POLICY")
if [ -z "$INPUT_POLICY" ]; then
  policy=(--max-drop "$INPUT_MAX_DROP")
  while IFS= read -r task; do policy+=("--task=$task"); done < <(jq -r '.metrics | keys[]' <<<"$shown")
fi
code=0
gate=$(evald gate "$INPUT_BASELINE" "$INPUT_JOB" "${policy[@]}" -o json) || code=$?
case $code in 0 | 1 | 3) ;; *) exit "$code" ;; esac
verdict=$(jq -r .verdict <<<"$gate")
printf 'verdict=%s\n' "$verdict" >>"$GITHUB_OUTPUT"
jq -r "$cells"' "\nGate against `\(.baseline)`: **\(.verdict)**\n\n| task | verdict | why |\n|---|---|---|",
  (.tasks[] | "| \(.task | cell) | \(.verdict) | \(.reason | cell) |")' <<<"$gate" >>"$GITHUB_STEP_SUMMARY"
if [ "$verdict" = inconclusive ] && [ "$INPUT_INCONCLUSIVE" = pass ]; then code=0; fi
[ "$code" -eq 0 ] || printf '::error title=evald::the gate says %s\n' "$verdict"
exit "$code"
