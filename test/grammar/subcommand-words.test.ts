// The words of subcommands, as yargs gets them.
import { describe, expect, it } from '@jest/globals'
import { subcommandRow } from '../../lib/grammar/subcommand-rows.ts'
import { subcommandWords } from '../../lib/grammar/subcommand-words.ts'

const read = (line: string) => {
  const [name, ...words] = line.split(' ')
  return subcommandWords(subcommandRow(name)!, words)
}

describe('words of a subcommand', () => {
  it.each([
    ['apply rules', ['rules']],
    ['apply -', ['-']],
    ['apply --scope tcp rules', ['rules', '--scope=tcp']],
    ['apply --scope tcp --scope=udp -v rules', ['rules', '--scope=tcp', '--scope=udp', '--verbose']],
    ['check -v true', ['true', '--verbose']],
    ['check -- rules', ['rules']],
    ['check -- -rules', ['./-rules']],
    ['check -- --help', ['./--help']],
    ['drain -t192.0.2.1:80 -r=198.51.100.1', ['--tcp-service=192.0.2.1:80', '--real-server=198.51.100.1']],
    ['diff -j rules --help more', ['--help']],
    ['completion words -- ipvsadm -A ', ['words', '--', 'ipvsadm', '-A', '']],
    ['help -A', ['--', '-A']],
  ])('%s', (line, expected) => expect(read(line)).toEqual(expected))

  it.each([
    ['apply --foo rules', '--foo: unknown option'],
    ['apply --keepWeights rules', '--keepWeights: unknown option'],
    ['apply --file rules', '--file: unknown option'],
    ['apply --__proto__ rules', '--__proto__: unknown option'],
    ['check --verbose.x rules', '--verbose.x: unknown option'],
    ['check --$0 x rules', '--$0: unknown option'],
    ['check -x rules', '-x: unknown option'],
    ['apply rules --wait', '--wait: missing argument'],
    ['apply rules --keep-weights=yes', '--keep-weights=yes: option does not take an argument'],
    ['apply rules -v=yes', '-v=yes: option does not take an argument'],
    ['serve --users ', '--users: empty value'],
    ['serve --tls-cert= --tls-key=', '--tls-cert: empty value'],
    ['apply', 'file is missing'],
    ['diff --json', 'file is missing'],
    ['completion', 'shell is missing'],
    ['completion -- words', 'shell is missing'],
    ['fleet --json', 'action is missing'],
    ['apply ', 'empty word'],
    ['apply rules ', 'empty word'],
  ])('refused: %s', (line, problem) => {
    const name = line.replace(/ .*/, '')
    expect(() => read(line)).toThrow(`${name}: ${problem}; see \`ipvsadm ${name} --help'`)
  })
})
