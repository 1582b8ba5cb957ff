// The schedulers, each by its own definition (ipvsadm(8), net/netfilter/ipvs/ip_vs_*.c), over NAT.
import { markPackets } from '../marks.ts'
import { ADDRESS, type Server } from '../network.ts'
import { clientAddress, KernelLacks, type Ring, serversOf, tally, times, to } from '../ring.ts'
import type { Scenario } from '../scenario.ts'

/** Adds a service with these servers, `weights` by name; the service's address. */
async function service(ring: Ring, options: string, weights: Partial<Record<Server, number | string>>) {
  const vip = ring.vip()
  await ring.type(`-A -t ${vip} ${options}`)
  for (const [name, weight] of Object.entries(weights)) {
    await ring.type(`-a -t ${vip} -r ${ADDRESS[name as Server]}:8080 -m -w ${weight}`)
  }
  return vip
}

/** A service of all destinations that netfilter marks: the client may call any address of 10.100.1/24. */
async function marked(
  ring: Ring,
  options: string,
  weights: Partial<Record<Server, number>>,
): Promise<number> {
  const mark = ring.port()
  await markPackets(ring, mark, { family: 'inet', destination: '10.100.1.0/24', ports: [mark] })
  await ring.type(`-A -f ${mark} ${options}`)
  for (const [name, weight] of Object.entries(weights)) {
    await ring.type(`-a -f ${mark} -r ${ADDRESS[name as Server]}:8080 -m -w ${weight}`)
  }
  return mark
}

const destination = (port: number, index: number) => `10.100.1.${index}:${port}`

/** The answering server of each of many clients. */
const byClient = (ring: Ring, vip: string, count: number) =>
  ring.ask(times(count, (i) => to(vip, { from: clientAddress(i) })))

const same = (a: readonly string[], b: readonly string[]) => a.every((name, i) => name === b[i])
const one = (names: readonly string[]) => new Set(names).size === 1

const scenario = (name: string, expected: string, run: Scenario['run'], optional = false): Scenario => ({
  group: 'scheduler',
  name,
  expected,
  run,
  optional,
})

export const SCHEDULERS: readonly Scenario[] = [
  scenario('rr', '3 of 3 rounds have each server once', async (ring) => {
    const vip = await service(ring, '-s rr', { red: 1, green: 1, blue: 1 })
    const names = await ring.ask(times(9, () => to(vip)))
    const rounds = [0, 3, 6].filter((at) => new Set(names.slice(at, at + 3)).size === 3)
    return `${rounds.length} of 3 rounds have each server once`
  }),

  scenario('wrr 3:1', 'red 6, green 2', async (ring) => {
    const vip = await service(ring, '-s wrr', { red: 3, green: 1 })
    return tally(await ring.ask(times(8, () => to(vip))))
  }),

  scenario('lc', 'red 2, green 2, blue 2; red left: red, red', async (ring) => {
    const vip = await service(ring, '-s lc', { red: 1, green: 1, blue: 1 })
    const held = await ring.hold(times(6, () => to(vip)))
    await ring.hosts.drop(held.filter(({ server }) => server === 'red'))
    const more = await ring.hold(times(2, () => to(vip)))
    return `${tally(serversOf(held))}; red left: ${serversOf(more).join(', ')}`
  }),

  scenario('wlc 3:1', 'red 6, green 2', async (ring) => {
    const vip = await service(ring, '-s wlc', { red: 3, green: 1 })
    return tally(serversOf(await ring.hold(times(8, () => to(vip)))))
  }),

  scenario('sed 3:1', 'first red, red; then red 6, green 2', async (ring) => {
    const vip = await service(ring, '-s sed', { red: 3, green: 1 })
    const names = serversOf(await ring.hold(times(8, () => to(vip))))
    return `first ${names.slice(0, 2).join(', ')}; then ${tally(names)}`
  }),

  scenario('nq 3:1', 'first green, red; then red 6, green 2', async (ring) => {
    const vip = await service(ring, '-s nq', { red: 3, green: 1 })
    const names = serversOf(await ring.hold(times(8, () => to(vip))))
    return `first ${names.slice(0, 2).sort().join(', ')}; then ${tally(names)}`
  }),

  scenario('sh', 'each of 24 clients keeps its server; servers 3', async (ring) => {
    const vip = await service(ring, '-s sh', { red: 1, green: 1, blue: 1 })
    const first = await byClient(ring, vip, 24)
    const again = await byClient(ring, vip, 24)
    const kept = again.filter((name, i) => name === first[i]).length
    return `${kept === 24 ? 'each' : kept} of 24 clients keeps its server; servers ${new Set(first).size}`
  }),

  scenario('sh without, with sh-port', 'one server; by port 3, the same again', async (ring) => {
    const ports = (vip: string, base = 20000) => times(16, (i) => to(vip, { fromPort: base + i }))
    const plain = await service(ring, '-s sh', { red: 1, green: 1, blue: 1 })
    const byAddress = await ring.ask(ports(plain, 24000))
    const vip = await service(ring, '-s sh -b sh-port', { red: 1, green: 1, blue: 1 })
    const first = await ring.ask(ports(vip))
    const again = await ring.ask(ports(vip))
    return `${one(byAddress) ? 'one server' : tally(byAddress)}; by port ${new Set(first).size}, ${same(first, again) ? 'the same again' : 'others later'}`
  }),

  scenario('sh without, with sh-fallback', 'red is out: refused; with fallback blue or green', (ring) =>
    fallback(ring, 'sh'),
  ),

  scenario('dh', 'each of 24 destinations has one server for 2 clients; servers 3', async (ring) => {
    const port = await marked(ring, '-s dh', { red: 1, green: 1, blue: 1 })
    const from = (client: number) =>
      ring.ask(times(24, (i) => to(destination(port, i + 1), { from: clientAddress(client) })))
    const first = await from(1)
    const second = await from(2)
    return `${same(first, second) ? 'each' : 'not each'} of 24 destinations has one server for 2 clients; servers ${new Set(first).size}`
  }),

  scenario(
    'lblc',
    'a destination stays with one server; overloaded, it moves to another, for good',
    async (ring) => {
      const { stays, fourth, later } = await overload(ring, 'lblc')
      return `a destination ${stays ? 'stays with one server' : 'wanders'}; overloaded, it ${fourth ? 'moves to another' : 'does not move'}, ${later ? 'then goes back' : 'for good'}`
    },
  ),

  scenario(
    'lblcr',
    'a destination stays with one server; overloaded, it gets another, and keeps both',
    async (ring) => {
      const { stays, fourth, later } = await overload(ring, 'lblcr')
      return `a destination ${stays ? 'stays with one server' : 'wanders'}; overloaded, it ${fourth ? 'gets another' : 'gets no other'}, ${later ? 'and keeps both' : 'and forgets the first'}`
    },
  ),

  scenario('fo', 'all to green, the highest; green at 0: all to blue', async (ring) => {
    const vip = await service(ring, '-s fo', { red: 1, green: 3, blue: 2 })
    const before = await ring.ask(times(4, () => to(vip)))
    await ring.type(`-e -t ${vip} -r ${ADDRESS.green}:8080 -m -w 0`)
    const after = await ring.ask(times(4, () => to(vip)))
    return `all to ${tally(before) === 'green 4' ? 'green' : tally(before)}, the highest; green at 0: all to ${tally(after) === 'blue 4' ? 'blue' : tally(after)}`
  }),

  // It spills over when a server has more connections than its weight.
  scenario('ovf', 'weights 1, 3, 2: green 4, then blue 3, then red', async (ring) => {
    const vip = await service(ring, '-s ovf', { red: 1, green: 3, blue: 2 })
    const names = serversOf(await ring.hold(times(8, () => to(vip))))
    return `weights 1, 3, 2: ${tally(names.slice(0, 4))}, then ${tally(names.slice(4, 7))}, then ${names[7]}`
  }),

  scenario('mh', 'servers 3; blue goes: at least 90% of the others’ clients stay', async (ring) => {
    const vip = await service(ring, '-s mh', { red: 1, green: 1, blue: 1 })
    const before = await byClient(ring, vip, 90)
    await ring.type(`-d -t ${vip} -r ${ADDRESS.blue}:8080`)
    const after = await byClient(ring, vip, 90)
    const others = before.flatMap((name, i) => (name === 'blue' ? [] : [name === after[i]]))
    const kept = others.filter(Boolean).length / others.length
    const share = kept >= 0.9 ? 'at least 90%' : `${Math.round(100 * kept)}%`
    return `servers ${new Set(before).size}; blue goes: ${share} of the others’ clients stay`
  }),

  scenario('mh without, with mh-port', 'one server; by port 3, the same again', async (ring) => {
    const ports = (vip: string) => times(16, (i) => to(vip, { fromPort: 21000 + i }))
    const plain = await service(ring, '-s mh', { red: 1, green: 1, blue: 1 })
    const byAddress = await ring.ask(ports(plain))
    const vip = await service(ring, '-s mh -b mh-port', { red: 1, green: 1, blue: 1 })
    const first = await ring.ask(ports(vip))
    const again = await ring.ask(ports(vip))
    return `${one(byAddress) ? 'one server' : tally(byAddress)}; by port ${new Set(first).size}, ${same(first, again) ? 'the same again' : 'others later'}`
  }),

  scenario('mh without, with mh-fallback', 'red is out: refused; with fallback blue or green', (ring) =>
    fallback(ring, 'mh'),
  ),

  scenario(
    'twos',
    'each connection to the less loaded of two: red 2, green 2, blue 2',
    async (ring) => {
      const { status, errors } = await ring.attempt(`-A -t ${ring.vip()} -s twos`)
      if (status !== 0) throw new KernelLacks(errors.trim())
      const vip = await service(ring, '-s twos', { red: 1, green: 1, blue: 1 })
      const names = serversOf(await ring.hold(times(6, () => to(vip))))
      return `each connection to the less loaded of two: ${tally(names)}`
    },
    true,
  ),

  scenario('weight 0', 'new: green 4; held on red: red', async (ring) => {
    const vip = await service(ring, '-s rr', { red: 1, green: 1 })
    const held = await ring.hold(times(2, () => to(vip)))
    await ring.type(`-e -t ${vip} -r ${ADDRESS.red}:8080 -m -w 0`)
    const names = await ring.ask(times(4, () => to(vip)))
    const still = await ring.hosts.talk(held.filter(({ server }) => server === 'red'))
    return `new: ${tally(names)}; held on red: ${still.join()}`
  }),

  scenario('thresholds', 'red takes 2 of 6; when its connections are gone: red and green', async (ring) => {
    const vip = ring.vip()
    await ring.director(`
      --set 900 120 4
      -A -u ${vip} -s rr
      -a -u ${vip} -r ${ADDRESS.red}:8080 -m -x 2 -y 1
      -a -u ${vip} -r ${ADDRESS.green}:8080 -m`)
    const ask = (count: number) => ring.ask(times(count, () => to(vip, { protocol: 'udp' })))
    const full = (await ask(6)).filter((name) => name === 'red').length
    await ring.until(
      () => ring.type('-L -n -c'),
      (list) => !list.includes(vip),
    )
    const back = new Set(await ask(2))
    return `red takes ${full} of 6; when its connections are gone: ${[...back].sort().reverse().join(' and ')}`
  }),
]

/** Red is at its threshold, so that its clients have nowhere to go, or are to go to the others. */
async function fallback(ring: Ring, scheduler: 'sh' | 'mh'): Promise<string> {
  const seen: string[] = []
  for (const flags of ['', ` -b ${scheduler}-fallback`]) {
    const vip = await service(ring, `-s ${scheduler}${flags}`, { red: '1 -x 1', green: 1, blue: 1 })
    const clients = times(12, (i) => to(vip, { from: clientAddress(i) }))
    const held = await ring.hold(clients)
    const red = held.findIndex(({ server }) => server === 'red')
    const again = await ring.ask(clients.slice(red, red + 1))
    seen.push(again[0]!)
  }
  const other = seen[1] === 'blue' || seen[1] === 'green' ? 'blue or green' : seen[1]
  return `red is out: ${seen[0]}; with fallback ${other}`
}

/**
 * Locality: a destination's connections go to one server until that has more than its weight while another has less
 * than half of its own. What happens then differs.
 */
async function overload(ring: Ring, scheduler: 'lblc' | 'lblcr') {
  const port = await marked(ring, `-s ${scheduler}`, { red: 2, green: 2 })
  const call = (client: number) => to(destination(port, 1), { from: clientAddress(client) })
  const held = await ring.hold(times(3, call))
  const [first] = serversOf(held)
  const [fourth] = await ring.hold([call(4)])
  await ring.hosts.drop(held)
  const [later] = await ring.hold([call(5)])
  return { stays: one(serversOf(held)), fourth: fourth!.server !== first, later: later!.server === first }
}
