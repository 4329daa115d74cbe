#!/bin/sh
# gate.sh BASELINE MODEL TASK...: evaluates, and ends with what the gate says.
set -eu
baseline=$1
shift
evald() { ${EVALD:-evald} "$@"; }

job=$(evald submit "$@" --label "commit=${CI_COMMIT:-none}" --idempotency-key "ci-${CI_RUN:-$$}" -o name)
evald wait "$job" --timeout 6h
evald gate "$baseline" "$job" --policy "$(dirname "$0")/policy.yaml"
