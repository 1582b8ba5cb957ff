// The end of a tunnel inside the guest: connects to a port of 127.0.0.1. See tunnel.ts for the lines.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** Milliseconds that an answer waits for something to tell. */
const WAIT = 25

const port = Number(process.argv[2])
/** @type {Map<number, import('node:net').Socket>} */
const sockets = new Map()
/** @type {{ data: [number, string][], ended: number[] }} */
let news = { data: [], ended: [] }
let wake = () => {}

/** @param {number} id */
function open(id) {
  const socket = connect(port, '127.0.0.1')
  sockets.set(id, socket)
  socket.on('data', (bytes) => {
    news.data.push([id, bytes.toString('base64')])
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    sockets.delete(id)
    news.ended.push(id)
    wake()
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  const { opened, data, ended } = JSON.parse(line)
  for (const id of opened) open(id)
  for (const [id, text] of data) sockets.get(id)?.write(Buffer.from(text, 'base64'))
  for (const id of ended) sockets.get(id)?.destroy()
  if (news.data.length + news.ended.length === 0) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, WAIT)
      wake = () => {
        clearTimeout(timer)
        resolve(undefined)
      }
    })
    wake = () => {}
  }
  const told = news
  news = { data: [], ended: [] }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
