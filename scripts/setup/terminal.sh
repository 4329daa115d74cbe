#!/usr/bin/env bash
# tmux, zsh and fish, for the suites of the command line: what a terminal shows, and scripts that shells source.
# Idempotent: those that are there are tried, and left as they are.
# Exit: 0 ready, 3 they cannot be had here (said in one line).
set -euo pipefail

name=terminal
. "$(dirname "$0")/common.sh"

for program in tmux zsh fish; do
  command -v "$program" >/dev/null || apt_install tmux zsh fish
done
finish
