/** The shells that there is a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** Asked for what may follow; the last word is the one under the cursor. Nothing that was typed is evaluated by a shell. */
const ASK = 'evald completion words --';

// An answer is a line each, value and description with a tab in between; `:files` asks for the shell's own.
const scripts: { [shell in Shell]: string } = {
  bash: `# evald completion bash; in ~/.bashrc: source <(evald completion bash)
_evald() {
  local line typed=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then compopt -o default; continue; fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(${ASK} "\${typed[@]}" 2>/dev/null)
}
complete -F _evald evald
`,
  zsh: `#compdef evald
# evald completion zsh; in ~/.zshrc, after compinit: source <(evald completion zsh)
_evald() {
  local line files=0
  local -a found
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then files=1; continue; fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(${ASK} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if (( files )); then _files; fi
  _describe evald found
}
if (( ! $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
compdef _evald evald
`,
  fish: `# evald completion fish; kept by: evald completion fish > ~/.config/fish/completions/evald.fish
function __evald_complete
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  for line in (${ASK} $typed[2..-1] "$current" 2>/dev/null)
    if test "$line" = ':files'
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c evald -f -a '(__evald_complete)'
`,
};

/** What a shell is to source. */
export const scriptFor = (shell: Shell): string => scripts[shell];
