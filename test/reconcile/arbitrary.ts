// Generated tables, as rule lines: every attribute of services and servers that a rule can say.
import fc from 'fast-check'

const octet = fc.integer({ min: 1, max: 6 })
const service = fc
  .record({
    kind: fc.constantFrom('-t', '-u', '--sctp-service', '-f', '-f6', '-t6', '-u6'),
    n: octet,
    port: octet,
  })
  .map(({ kind, n, port }) => {
    if (kind.startsWith('-f'))
      return { id: `-f ${n * 7}${kind === '-f6' ? ' -6' : ''}`, six: kind === '-f6', kind, n, port: 0 }
    const six = kind.endsWith('6')
    const id = six ? `${kind.slice(0, 2)} [2001:db8::${n}]:${port}` : `${kind} 192.0.2.${n}:${port}`
    return { id, six, kind: kind.slice(0, 2), n, port }
  })

const flags = fc.constantFrom('', '-b flag-1', '-b flag-2,flag-3')
const scheduler = fc.oneof(
  fc.tuple(fc.constantFrom('rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sed', 'nq', 'fo', 'ovf'), flags),
  fc.tuple(fc.constant('sh'), fc.constantFrom('', '-b sh-port', '-b sh-fallback,sh-port', '-b flag-3')),
  fc.tuple(
    fc.constant('mh'),
    fc.constantFrom('', '-b mh-port', '-b mh-fallback,mh-port', '-b mh-port,flag-3'),
  ),
)

const tunnel = fc.constantFrom(
  '--tun-type ipip',
  '--tun-type gue --tun-port 6080 --tun-nocsum',
  '--tun-type gue --tun-port 99 --tun-csum',
  '--tun-type gue --tun-port 65535 --tun-remcsum',
  '--tun-type gre --tun-nocsum',
  '--tun-type gre --tun-csum',
)
const server = fc.record({
  n: octet,
  port: octet,
  method: fc.constantFrom('-g', '-i', '-m'),
  tunnel,
  weight: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(2147483647)),
  upper: fc.constantFrom(0, 7, 70000, 2147483647),
  lower: fc.constantFrom(0, 3, 7),
})

const rules = fc.record({
  service,
  scheduler,
  timeout: fc.option(fc.integer({ min: 1, max: 2678400 }), { nil: undefined }),
  mask: fc.integer({ min: 0, max: 32 }),
  ops: fc.boolean(),
  engine: fc.boolean(),
  servers: fc.uniqueArray(server, {
    maxLength: 5,
    selector: ({ n }) => n,
  }),
})

const netmask = (length: number) =>
  [24, 16, 8, 0].map((shift) => (((0xffffffff << (32 - length)) >>> shift) & 255).toString()).join('.')

function lines(table: readonly (typeof rules extends fc.Arbitrary<infer T> ? T : never)[]): string {
  let text = ''
  for (const { service, scheduler, timeout, mask, ops, engine, servers } of table) {
    const { id, six, kind } = service
    const words = [`-A ${id} -s ${scheduler[0]}`]
    if (timeout !== undefined) words.push(`-p ${timeout}`)
    if (mask > 0) words.push(`-M ${six ? mask * 4 : netmask(mask)}`)
    if (engine && timeout !== undefined && kind === '-u') words.push('--pe sip')
    if (ops && kind === '-u') words.push('-o')
    if (scheduler[1] !== '') words.push(scheduler[1])
    text += `${words.join(' ')}\n`
    for (const { n, port, method, tunnel, weight, upper, lower } of servers) {
      const at = method === '-m' ? port : kind.startsWith('-f') ? 0 : service.port
      const address = six ? `[2001:db8:1::${n}]:${at}` : `198.51.100.${n}:${at}`
      const tunnelled = method === '-i' ? ` ${tunnel}` : ''
      const limits = upper === 0 ? '' : ` -x ${upper} -y ${Math.min(lower, upper)}`
      text += `-a ${id} -r ${address} ${method} -w ${weight}${tunnelled}${limits}\n`
    }
  }
  return text
}

/** A rule file that the kernel takes, line by line. */
export const ruleFile: fc.Arbitrary<string> = fc
  .uniqueArray(rules, { maxLength: 12, selector: ({ service }) => service.id })
  .map(lines)
