// The examples of docs/examples/ in a real kernel: with servers that are well, the agent makes the table of their rules.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { install, installed, installedPath } from '../support/install.ts'

const EXAMPLES = join(__dirname, '../../docs/examples')
const read = (name: string) => readFileSync(join(EXAMPLES, name), 'utf8')

let guest: Guest
beforeAll(async () => {
  guest = await Guest.start()
  await install(guest)
})
afterAll(async () => {
  await guest?.stop()
})

/** Servers of all kinds at all addresses of the machine. */
const SERVERS = `
  let starting = 5 + process.argv.length - 1
  const listening = () => {
    starting--
    if (starting === 0) console.log('listening')
  }
  const ok = (_, response) => response.end('ok')
  const { readFileSync } = require('fs')
  const pem = readFileSync('/run/pem')
  for (const port of [80, 8080]) require('http').createServer(ok).listen(port, '0.0.0.0', listening)
  require('https').createServer({ key: pem, cert: pem }, ok).listen(8443, '0.0.0.0', listening)
  const net = require('net')
  net.createServer((socket) => socket.on('error', () => {}).end('50%\\n')).listen(9707, '0.0.0.0', listening)
  net.createServer((socket) => socket.on('error', () => {})).listen(25, '0.0.0.0', listening)
  for (const address of process.argv.slice(1)) {
    const dns = require('dgram').createSocket('udp4')
    dns.on('message', (question, { port, address }) => {
      const answer = Buffer.concat([question, Buffer.from('c00c00010001000000090004c0000207', 'hex')])
      answer.writeUInt16BE(0x8180, 2)
      answer.writeUInt16BE(1, 6)
      dns.send(answer, port, address)
    })
    dns.bind(53, address, listening)
  }`

/**
 * Makes all addresses of the rules those of the machine, starts the servers and then the agent, until the table has the
 * entries of the rules with any weights.
 */
const SCRIPT = `
  cd /run; : >servers; : >log; cat >rules
  for address in $(grep -Eo '[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+' rules | sort -u); do ip address add $address/32 dev lo; done
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 -subj /CN=www.example.com 2>&-
  cat key cert >pem
  node -e "$SERVERS" $(grep -Eo -e '-r [0-9.]+:53' rules | grep -Eo '[0-9.]+[.][0-9]+' | sort -u) >servers & servers=$!
  until grep -q listening servers; do kill -0 $servers || exit 8; sleep 0.1; done
  printf '%s' "$CONFIG" >agent.yaml
  ipvsadm agent check agent.yaml || exit
  ipvsadm agent --config agent.yaml 2>log & agent=$!
  entries() { sed -n 's/ -w [0-9]*//; /^-/p' "$@" | sort; }
  entries rules >wanted
  until $LIST -Sn | entries | cmp -s - wanted; do kill -0 $agent || { cat log >&2; exit 9; }; sleep 0.1; done
  kill $agent; wait $agent
  ipvsadm -Sn`

/** Rules without weights, which the examples let grow, or ask servers for. */
const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('-'))
    .map((line) => line.replace(/ -w \d+/, ''))
    .sort()

const NAMES = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'))

it.each(NAMES)('%s keeps all servers that are well', async (name) => {
  const rules = read(name.replace('.yaml', '.rules'))
  const config = read(name)
    .replace(/^rules: .*$/m, 'rules: /run/rules\nsocket: /run/agent.sock\nstate: /run/agent.json')
    .replace(/^ {2}command: .*$/m, '  command: [/bin/true]')
  const machine = await guest.namespace()
  const list = `${installed('standalone')}/ipvsadm`
  const env = { PATH: installedPath('node'), SERVERS, CONFIG: config, LIST: list }
  const { status, stdout, stderr } = await machine.run(['sh', '-c', SCRIPT], {
    env,
    stdin: rules,
  })
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  expect(lines(String(stdout))).toEqual(lines(rules))
  await machine.delete()
})
