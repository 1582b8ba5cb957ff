// `ipvsadm drain` while clients come and go.
import { Program } from '../command.ts'
import { ADDRESS } from '../network.ts'
import { type Ring, times, to } from '../ring.ts'
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
      const [, client] =
        /1 persistent template, whose clients keep coming: (\S+) \(\d+ s\)/.exec(output) ?? []
      const [still] = await call()
      await ring.hosts.sysctl('director', 1, 'ipv4/vs/expire_quiescent_template')
      const [then] = await call()
      await ring.hosts.sysctl('director', 0, 'ipv4/vs/expire_quiescent_template')
      const kept = still === 'red' ? 'keeps coming' : `went to ${still}`
      return `status ${status}: ${client} ${kept}; with expire_quiescent_template it ${then === 'green' ? 'does not' : `goes to ${then}`}`
    },
  ),
]
