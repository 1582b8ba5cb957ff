// Input of a restore, for fast-check: well-formed lines in all their forms, so that only the kernel may refuse one
// (malformed lines are a row of the allowed table). And the two companion programs.
import fc from 'fast-check'
import { PERSISTENCE, TUNNELS } from './generate-values.ts'
import type { Step } from './step.ts'

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)

const SERVERS = ['10.1.0.1', '10.1.0.2:81', '192.168.0.9:80']

const IPV4 = {
  services: ['-t 192.0.2.1:80', '-u 192.0.2.2:53', '-f 1'],
  persistence: PERSISTENCE.filter((words) => !words.includes('64')),
  forwarding: TUNNELS,
}
/** Its servers, which are IPv4, are reached through tunnels only. */
const IPV6 = {
  services: ['-t [2001:db8::1]:80', '-f 2 -6'],
  persistence: PERSISTENCE.filter((words) => !words.includes('255.255.0.0')),
  forwarding: TUNNELS.filter(([word]) => word === '-i'),
}

/** A service with its options. */
const service = fc
  .oneof({ weight: 3, arbitrary: fc.constant(IPV4) }, { weight: 1, arbitrary: fc.constant(IPV6) })
  .chain(({ services, persistence, forwarding }) =>
    fc.record({ id: oneOf(services), persistence: oneOf(persistence), forwarding: oneOf(forwarding) }),
  )

/** Lines that change nothing and print the same in both. */
const ASIDE = ['', '-Ln', '-Sn', '-L --timeout', '-Ln -t 192.0.2.1:80', '-Z', '--set 900 120 300']

const change = fc
  .tuple(oneOf(['-A', '-E', '-D', '-a', '-a', '-a', '-e', '-d', '-Z']), service, oneOf(SERVERS))
  .map(([command, { id, persistence, forwarding }, server]) => {
    if (command === '-D' || command === '-Z') return [command, id]
    if (command === '-A' || command === '-E') return [command, id, ...persistence]
    return [command, id, '-r', server, ...(command === '-d' ? [] : forwarding)]
  })
  .map((words) => words.join(' '))

/** Forms of a line: its separators, and what comes before and after it. */
const look = fc.record({
  before: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, oneOf([' ', '\t', 'ipvsadm ', ' ipvsadm\t'])),
  between: fc.oneof({ weight: 5, arbitrary: fc.constant(' ') }, oneOf(['\t', '  ', ' \t ', ' ipvsadm '])),
  after: fc.oneof(
    { weight: 5, arbitrary: fc.constant('\n') },
    oneOf([' \n', '\r\n', '\n\n', '\t\n', ' ipvsadm\n']),
  ),
})

const line = fc
  .tuple(fc.oneof({ weight: 8, arbitrary: change }, oneOf(ASIDE)), look)
  .map(([text, { before, between, after }]) => before + text.replaceAll(' ', between) + after)

const input = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([lines, whole]) => (whole ? lines.join('') : lines.join('').replace(/\r?\n$/, '')))

export const restore: fc.Arbitrary<Step> = fc
  .tuple(oneOf([['-R'], ['-R'], ['--restore'], ['-R', '-n'], ['-R', 'foo']]), input)
  .map(([words, input]) => ({ program: 'ipvsadm', words, input }))

/**
 * A table as it may have been saved, of which the kernel refuses nothing: no service and no server twice, and no server
 * of another family, which it refuses while a sync daemon runs. (Ours would roll back.)
 */
const table = fc
  .uniqueArray(fc.tuple(service, fc.uniqueArray(oneOf(SERVERS))), { selector: ([{ id }]) => id })
  .map((services) =>
    services
      .flatMap(([{ id, persistence, forwarding }, servers]) => [
        `-A ${id} ${persistence.join(' ')}\n`,
        ...(IPV6.services.includes(id) ? [] : servers).map(
          (server) => `-a ${id} -r ${server} ${forwarding.join(' ')}\n`,
        ),
      ])
      .join(''),
  )

export const companion: fc.Arbitrary<Step> = fc.oneof(
  fc
    .subarray(['-n', '-n', 'foo', '-x', '--', '-h', ''])
    .map((words): Step => ({ program: 'ipvsadm-save', words })),
  table.map((input): Step => ({ program: 'ipvsadm-restore', words: [], input })),
)
