// The shells' own completion, with the script that the built program prints and the program behind it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

const BIN = join(__dirname, '../../bin')
let scratch: string

/** Runs a shell; returns the lines of its output. */
function shell(program: string, args: readonly string[]): string[] {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const { stdout, stderr, error } = spawnSync(program, args, {
    cwd: scratch,
    encoding: 'utf8',
    env: { ...env, PATH: `${BIN}:${process.env.PATH}`, HOME: scratch, TERM: 'dumb' },
  })
  expect([error, stderr]).toEqual([undefined, ''])
  return stdout.split('\n').filter((line) => line !== '')
}

/** Presses tab in bash at the end of the line; returns the candidates for the last word, or for its end. */
function bash(line: string): string[] {
  // As readline splits it.
  const words = line.split(/([:=])|\s+/).filter((word) => word !== undefined && word !== '')
  if (/\s$/.test(line) || line.endsWith(':')) words.push('')
  const quoted = words.map((word) => `'${word}'`).join(' ')
  return shell('bash', [
    '--norc',
    '-c',
    `source <(ipvsadm completion bash)
     complete -p ipvsadm >/dev/null || exit
     compopt() { :; }
     COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1}
     _ipvsadm ipvsadm && printf '%s\\n' "\${COMPREPLY[@]}"`,
  ])
}

function fish(line: string): string[] {
  return shell('fish', ['--no-config', '-c', `ipvsadm completion fish | source; complete -C '${line}'`])
}

/** zsh completes only on a terminal: types the line and a tab on one. Ends when it shows the expected text. */
function zsh(line: string, expected: readonly string[]): string {
  const script = join(scratch, 'complete.zsh')
  writeFileSync(
    script,
    `zmodload zsh/zpty
     zpty z zsh -f -i
     send() { zpty -w z "$1" }
     send 'PS1= PROMPT=; autoload -Uz compinit && compinit -u -D; source <(ipvsadm completion zsh)'
     send "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' menu no; LISTMAX=1000; stty cols 200"
     send 'print READY'
     zpty -r z seen '*READY*READY*'
     zpty -w -n z '${line}'$'\\t\\t'
     for ((tries = 0; tries < 3000; tries++)); do
       while zpty -r -t z more; do screen+=$more; done
       missing=0
       for text; do [[ $screen == *$text* ]] || missing=1; done
       ((missing)) || break
       sleep 0.1
     done
     print -rn -- "$screen"
     zpty -d z`,
  )
  return shell('zsh', ['-f', script, ...expected]).join('\n')
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ipvsadm-completion-'))
  writeFileSync(join(scratch, 'table.rules'), '')
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

describe('bash', () => {
  it.each<[line: string, expected: string[]]>([
    ['ipvsadm --add-s', ['--add-service', '--add-server']],
    ['ipvsadm doc', ['doctor']],
    ['ipvsadm -A -t [2001:db8::1]:80 -s l', ['lc', 'lblc', 'lblcr']],
    ['ipvsadm -L --color=a', ['auto', 'always']],
    ['ipvsadm -L --color ', ['auto', 'always', 'never']],
    [
      'ipvsadm -a -t 192.0.2.1:80 --tun-',
      ['--tun-type', '--tun-port', '--tun-nocsum', '--tun-csum', '--tun-remcsum'],
    ],
    ['ipvsadm --stop-daemon ', ['master', 'backup']],
    ['ipvsadm -A -t 192.0.2.1:', []],
    ['ipvsadm check ta', ['table.rules']],
    ['ipvsadm completion z', ['zsh']],
    ['ipvsadm help persist', ['persistence', 'persistent', 'persistent-conn']],
  ])('%s', (line, expected) => expect(bash(line)).toEqual(expected))
})

describe('fish', () => {
  it.each<[line: string, expected: RegExp[]]>([
    ['ipvsadm --add-s', [/^--add-server\tadd a real server$/, /^--add-service\tadd a virtual service$/]],
    ['ipvsadm doc', [/^doctor\t/]],
    ['ipvsadm -A -t 192.0.2.1:80 -s lb', [/^lblc\t/, /^lblcr\t/]],
    ['ipvsadm -L --color=al', [/^--color=always\t/]],
    ['ipvsadm check ta', [/^table\.rules/]],
    ['ipvsadm -A -t 192.0.2.1:', []],
  ])('%s', (line, expected) => {
    const offered = fish(line)
    expect(offered).toHaveLength(expected.length)
    for (const [i, pattern] of expected.entries()) expect(offered[i]).toMatch(pattern)
  })
})

describe('zsh', () => {
  it.each<[line: string, expected: string[]]>([
    ['ipvsadm --add-s', ['--add-server', '--add-service', 'add a virtual service']],
    ['ipvsadm doc', ['ipvsadm doctor']],
    ['ipvsadm -A -t 192.0.2.1:80 -s l', ['lblc', 'lblcr', 'lc']],
    ['ipvsadm check ta', ['table.rules']],
  ])('%s', (line, expected) => {
    const screen = zsh(line, expected)
    for (const text of expected) expect(screen).toContain(text)
  })
})
