#!/bin/sh
# evaluate.sh MODEL TASK: submits an evaluation, waits for its end, and prints its numbers.
set -eu
server=${EVALD_SERVER:-http://localhost:8000}
key="example-$$-$(date +%s)"

ask() {
  curl -sS --fail-with-body --retry 5 --retry-connrefused ${EVALD_TOKEN:+-H "Authorization: Bearer $EVALD_TOKEN"} "$@"
}

# Names without quotes and backslashes: for others a program that writes JSON is needed.
job=$(
  ask "$server/evaluate" -H 'Content-Type: application/json' -H "Idempotency-Key: $key" \
    -d "{\"model\": \"$1\", \"tasks\": [\"$2\"]}" | sed 's/.*"job_id":"\([^"]*\)".*/\1/'
)
echo "job $job" >&2

# Each answer comes when the job has ended, or after 60 s.
while :; do
  status=$(ask "$server/jobs/$job?wait=60" | sed 's/^{"job_id":"[^"]*","status":"\([a-z]*\)".*/\1/')
  case $status in queued | running) ;; *) break ;; esac
done
echo "$status" >&2
[ "$status" = completed ]
ask "$server/jobs/$job/results"
