#!/bin/sh
# serve.sh FOLDER [WORD FOR SBATCH...]: a server whose runs Slurm places; all that it keeps is in FOLDER, which nodes see.
set -eu
folder=$1
shift

# The journal belongs on a disk of this machine: no network filesystem keeps what SQLite writes.
exec ${EVALD:-evald} serve --backend slurm --runs-dir "$folder" --slurm-args "$*" \
  --data-dir "${EVALD_DATA_DIR:-$HOME/.local/share/evald}" --on-shutdown leave ${EVALD_FLAGS:-}
