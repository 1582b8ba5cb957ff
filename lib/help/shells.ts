// Completion scripts of the shells. Each asks `ipvsadm completion words` for the candidates.
import type { Shell } from '../grammar/subcommand-rows.ts'

const BASH = `# bash completion of ipvsadm: source <(ipvsadm completion bash)
_ipvsadm() {
  local line=\${COMP_LINE:0:COMP_POINT} current done='' value text
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  # bash takes an address for several words, and replaces only the last of them.
  [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && done=\${current%"\${current##*=}"}
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && done=\${current%"\${current##*:}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r value text; do
    if [[ $value == :files ]]; then
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
      COMPREPLY+=("\${value#"$done"}")
    fi
  done < <("\${words[0]}" completion words -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _ipvsadm ipvsadm
`

const ZSH = `#compdef ipvsadm
# zsh completion of ipvsadm: a file _ipvsadm in $fpath, or source <(ipvsadm completion zsh)
_ipvsadm() {
  local line value
  local -a candidates
  for line in "\${(@f)$("$words[1]" completion words -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    value=\${line%%$'\\t'*}
    if [[ $value == :files ]]; then
      _files
      return
    fi
    candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe ipvsadm candidates
}
if [[ \${funcstack[1]-} == _ipvsadm ]]; then _ipvsadm "$@"; else compdef _ipvsadm ipvsadm; fi
`

const FISH = `# fish completion of ipvsadm: ipvsadm completion fish | source
function __ipvsadm_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] completion words -- $words[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path "$current"
    else if set -q lines[1]
        printf '%s\\n' $lines
    end
end
complete -c ipvsadm -f -a '(__ipvsadm_candidates)'
`

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
