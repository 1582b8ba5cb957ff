// `ipvsadm drain` while clients come and go.
import { setTimeout as sleep } from 'node:timers/promises'
import { Program } from '../command.ts'
import { ADDRESS, SERVERS } from '../network.ts'
import { clientAddress, type Ring, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

const scenario = (name: string, expected: string, run: Scenario['run']): Scenario => ({
  group: 'drain',
  name,
  expected,
  run,
})

const RED = `${ADDRESS.red}:8080`

const program = (ring: Ring, words: string) =>
  new Program(`${ring.root}/bin/ipvsadm`, ...`drain ${words}`.split(' '))

/** As much of the JSON document as is looked at here. */
interface Document {
  readonly ending: string
  readonly left: { readonly active: number; readonly inactive: number }
  readonly clients: readonly { readonly address: string; readonly port: number | null }[]
  readonly findings: readonly { readonly id: string; readonly fixes: readonly string[] }[]
}

/** Drains red; the status, and the document. */
async function drainRed(ring: Ring, service: string, options: string) {
  const { status, output, errors } = await ring.attempt(`drain ${service} -r ${RED} --json ${options}`)
  if (errors !== '') throw new Error(errors)
  const { ending, clients, findings } = JSON.parse(output) as Document
  const named = clients.map(({ address, port }) => `${address}:${port}`).join(' ')
  return { status, ending, named, ids: findings.map(({ id }) => id).join(' ') }
}

/** With settings of the director under net.ipv4.vs; afterwards they are the kernel's defaults again. */
async function withSettings<T>(
  ring: Ring,
  settings: Record<string, number>,
  run: () => Promise<T>,
): Promise<T> {
  const defaults: Record<string, number> = { conn_reuse_mode: 1, expire_nodest_conn: 0 }
  const set = async (values: Record<string, number>) => {
    for (const [name, value] of Object.entries(values)) {
      await ring.hosts.sysctl('director', value, `ipv4/vs/${name}`)
    }
  }
  try {
    await set(settings)
    return await run()
  } finally {
    await set(defaults)
  }
}

/** Two servers, only red with a weight: the next clients are its. */
const redAlone = (service: string, scheduler = 'rr') => `
  -A ${service} -s ${scheduler}
  -a ${service} -r ${RED} -m -w 1
  -a ${service} -r ${ADDRESS.green}:8080 -m -w 0`

const greenToo = (service: string) => `-e ${service} -r ${ADDRESS.green}:8080 -m -w 1`

/** Each value of expire_nodest_conn; where no answer comes, seconds to wait for none. */
const DELETIONS = [
  { value: 0, id: 'deletion-drops-packets', tcp: 'silence', udp: 'silence', patience: 5 },
  {
    value: 1,
    id: 'deletion-ends-connections',
    tcp: 'connection reset by peer',
    udp: 'green',
    patience: undefined,
  },
] as const

const heldConnection = ({ value, id, tcp, patience }: (typeof DELETIONS)[number]) =>
  scenario(
    `a held TCP connection, expire_nodest_conn = ${value}`,
    `1 timed-out: 1 client, established; red goes on; 0 ended: ${id}; then ${tcp}`,
    (ring) =>
      withSettings(ring, { expire_nodest_conn: value }, async () => {
        const vip = ring.vip()
        await ring.director(redAlone(`-t ${vip}`))
        const held = await ring.hold([to(vip)])
        await ring.type(greenToo(`-t ${vip}`))
        const first = await drainRed(ring, `-t ${vip}`, '--timeout 0')
        const [before] = await ring.hosts.talk(held)
        const last = await drainRed(ring, `-t ${vip}`, '--end-after 0')
        const [after] = await ring.hosts.talk(held, patience)
        await ring.hosts.drop(held)
        return `${first.status} ${first.ending}: ${first.named.split(' ').length} client, ${first.ids}; ${before} goes on; ${last.status} ${last.ending}: ${last.ids}; then ${after}`
      }),
  )

const udpClient = ({ value, id, udp, patience }: (typeof DELETIONS)[number]) =>
  scenario(
    `a UDP client that keeps its port, expire_nodest_conn = ${value}`,
    `1 timed-out: 10.1.0.1:44117, udp-clients; red goes on; 0 ended: ${id}; then ${udp}`,
    (ring) =>
      withSettings(ring, { expire_nodest_conn: value }, async () => {
        const vip = ring.vip()
        await ring.director(redAlone(`-u ${vip}`))
        const request = to(vip, { protocol: 'udp', fromPort: 44117 })
        const call = async (seconds?: number) =>
          (await ring.hosts.ask([request], seconds === undefined ? {} : { patience: seconds }))[0]
        await call()
        await ring.type(greenToo(`-u ${vip}`))
        const first = await drainRed(ring, `-u ${vip}`, '--timeout 0')
        const before = await call()
        const last = await drainRed(ring, `-u ${vip}`, '--end-after 0')
        const after = await call(patience)
        return `${first.status} ${first.ending}: ${first.named}, ${first.ids}; ${before} goes on; ${last.status} ${last.ending}: ${last.ids}; then ${after}`
      }),
  )

/** The client's kernel lets it use a port again after a second. */
const PORT_FREE = 1500

const hashed = (scheduler: 'sh' | 'mh' | 'dh') =>
  scenario(
    `clients that ${scheduler} has hashed to the server`,
    'clients-refused; refused; with the fix none refused',
    async (ring) => {
      const service = `-t ${ring.vip()}`
      await ring.director(`
        -A ${service} -s ${scheduler}
        -a ${service} -r ${RED} -m
        -a ${service} -r ${ADDRESS.green}:8080 -m`)
      const calls = times(8, (i) => to(service.slice(3), { from: clientAddress(7 * i) }))
      const [name] = await ring.ask(calls)
      const server = `${ADDRESS[name as keyof typeof ADDRESS]}:8080`
      const refused = async () => {
        const answers = await ring.ask(calls)
        return answers.every((answer) => SERVERS.some((one) => one === answer && one !== name))
          ? 'none refused'
          : 'refused'
      }
      const { output } = await ring.attempt(`drain ${service} -r ${server} --json --timeout 0`)
      const [finding] = (JSON.parse(output) as Document).findings
      const before = await refused()
      await ring.type(String(finding?.fixes[0]).replace(/^ipvsadm /, ''))
      return `${finding?.id}; ${before}; with the fix ${await refused()}`
    },
  )

export const DRAIN: readonly Scenario[] = [
  scenario(
    '--delete',
    '4 connections, 1 template; then drained, deleted; status 0; green alone is left',
    async (ring) => {
      const vip = ring.vip()
      await ring.director(`
      --set 0 0 5
      -A -u ${vip} -s rr -p 6
      -a -u ${vip} -r ${RED} -m -w 5
      -a -u ${vip} -r ${ADDRESS.green}:8080 -m -w 0`)
      await ring.ask(times(4, () => to(vip, { protocol: 'udp' })))
      const { status, output } = await ring.attempt(`drain -u ${vip} -r ${RED} --delete --timeout 600`)
      const first = /: (\d) active, (\d) inactive, (\d) persistent left/.exec(output) ?? []
      const last = new RegExp(`^${RED}: (.*) in \\d+ s(.*)$`, 'm').exec(output) ?? []
      const rest = (await ring.type('-S -n')).includes(RED) ? 'red is left' : 'green alone is left'
      return `${Number(first[1]) + Number(first[2])} connections, ${first[3]} template; then ${last[1]}${last[2]}; status ${status}; ${rest}`
    },
  ),

  scenario(
    '--restore-weight, interrupted',
    '0 new on red meanwhile; status 130: 2 active left, its weight is 5 again; then 2 of 4 on red',
    async (ring) => {
      const vip = ring.vip()
      await ring.director(`
        -A -t ${vip} -s rr
        -a -t ${vip} -r ${RED} -m -w 5
        -a -t ${vip} -r ${ADDRESS.green}:8080 -m`)
      await ring.hold(times(4, () => to(vip)))
      const onRed = async () =>
        (await ring.ask(times(4, () => to(vip)))).filter((name) => name === 'red').length
      const draining = program(ring, `-t ${vip} -r ${RED} --restore-weight`)
      await ring.until(
        async () => draining.output,
        (output) => output !== '',
      )
      const meanwhile = await onRed()
      draining.kill('SIGINT')
      const { status, output } = await draining.ended
      const [, active, weight] = /: (\d active), .* left; (.*)\n/.exec(output) ?? []
      return `${meanwhile} new on red meanwhile; status ${status}: ${active} left, ${weight}; then ${await onRed()} of 4 on red`
    },
  ),

  scenario(
    'persistent clients',
    'status 1: 10.1.128.9 keeps coming; with expire_quiescent_template it does not',
    async (ring) => {
      const vip = ring.vip()
      await ring.director(`
        -A -t ${vip} -s rr -p 60
        -a -t ${vip} -r ${RED} -m -w 5
        -a -t ${vip} -r ${ADDRESS.green}:8080 -m -w 0`)
      const call = () => ring.ask([to(vip, { from: '10.1.128.9' })])
      await call()
      await ring.type(`-e -t ${vip} -r ${ADDRESS.green}:8080 -m -w 1`)
      const { status, output } = await ring.attempt(`drain -t ${vip} -r ${RED} --timeout 0`)
      const [, client] = /held by .*?(\S+) \(template, \d+ s\)/.exec(output) ?? []
      const [still] = await call()
      await ring.hosts.sysctl('director', 1, 'ipv4/vs/expire_quiescent_template')
      const [then] = await call()
      await ring.hosts.sysctl('director', 0, 'ipv4/vs/expire_quiescent_template')
      const kept = still === 'red' ? 'keeps coming' : `went to ${still}`
      return `status ${status}: ${client} ${kept}; with expire_quiescent_template it ${then === 'green' ? 'does not' : `goes to ${then}`}`
    },
  ),

  ...DELETIONS.map(heldConnection),
  ...DELETIONS.map(udpClient),

  scenario(
    'a port that is used again, conn_reuse_mode = 0',
    'port-reuse; red again; with the fix green',
    (ring) =>
      withSettings(ring, { conn_reuse_mode: 0 }, async () => {
        const vip = ring.vip()
        await ring.director(redAlone(`-t ${vip}`))
        await ring.hosts.sysctl('client', 1, 'ipv4/tcp_tw_reuse')
        const call = async () => {
          const [name] = await ring.ask([to(vip, { fromPort: 45000 })])
          await sleep(PORT_FREE)
          return name
        }
        await call()
        await ring.type(greenToo(`-t ${vip}`))
        const { ids } = await drainRed(ring, `-t ${vip}`, '--timeout 0')
        const before = await call()
        await ring.hosts.sysctl('director', 1, 'ipv4/vs/expire_nodest_conn')
        return `${ids}; ${before} again; with the fix ${await call()}`
      }),
  ),

  ...(['sh', 'mh', 'dh'] as const).map(hashed),
]
