// The control socket: who answers, and what becomes of guests that behave badly.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { ask, type ControlSocket, listen } from '../../lib/agent/control.ts'

let folder: string
let path: string
let socket: ControlSocket | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-control-'))
  path = join(folder, 'socket')
})
afterEach(() => {
  socket?.close()
  socket = undefined
  rmSync(folder, { recursive: true })
})

const echo = async (request: string) => ({ request })

it('answers each request, for its owner alone', async () => {
  socket = await listen(path, echo)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await Promise.all([ask(path, 'a'), ask(path, 'b')])).toEqual([{ request: 'a' }, { request: 'b' }])
})

it('reports an error of the one who answers', async () => {
  socket = await listen(path, async () => {
    throw new Error('no table')
  })
  expect(await ask(path, 'status')).toEqual({ error: 'no table' })
})

/** Sends bytes; what comes back until the connection ends. */
const send = (text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const guest = connect(path, () => guest.write(text))
    guest.on('data', (data) => {
      answer += data
    })
    guest.on('error', () => resolve(answer))
    guest.on('close', () => resolve(answer))
  })

it('answers a client that has ended its side, as programs in a pipe do, however long it takes', async () => {
  socket = await listen(path, async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return { request }
  })
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    const guest = connect({ path }, () => guest.end('{"request":"a"}\n'))
    guest.on('data', (data) => {
      text += data
    })
    guest.on('close', () => resolve(text))
  })
  expect(answer).toBe('{"request":"a"}\n')
})

it('ends a connection whose client has ended it without a request', async () => {
  socket = await listen(path, echo)
  await new Promise<void>((resolve) => {
    const guest = connect({ path }, () => guest.end('{"request"'))
    guest.on('close', () => resolve())
    guest.resume()
  })
})

it.each([
  ['nonsense', 'hello\n', /a request is a line/],
  ['no request', '{}\n', /a request is a line/],
  ['null', 'null\n', /a request is a line/],
  ['a line without end', 'x'.repeat(100_000), /^$/],
])('survives %s', async (_name, text, answer) => {
  socket = await listen(path, echo)
  expect(await send(text)).toMatch(answer)
  expect(await ask(path, 'a')).toEqual({ request: 'a' })
})

it('replaces a socket that was left behind', async () => {
  // A process that is killed leaves its socket; a server that is closed does not.
  const left = createServer()
  await new Promise<void>((resolve) => left.listen(path, resolve))
  chmodSync(folder, 0o700)
  const { execFileSync } = await import('node:child_process')
  execFileSync('cp', ['-a', path, `${path}.kept`])
  await new Promise((resolve) => left.close(resolve))
  execFileSync('mv', [`${path}.kept`, path])
  socket = await listen(path, echo)
  expect(await ask(path, 'a')).toEqual({ request: 'a' })
})

it('keeps a file that is not a socket', async () => {
  writeFileSync(path, 'precious')
  await expect(listen(path, echo)).rejects.toThrow(`${path}: there is a file that is not a socket`)
  expect(readFileSync(path, 'utf8')).toBe('precious')
})

it.each([
  [
    'a path that is longer than that of a socket',
    () => join(folder, 'x'.repeat(120)),
    /: longer than 107 bytes/,
  ],
  [
    'a folder that does not exist',
    () => join(folder, 'no', 'socket'),
    /no\/socket: its folder does not exist$/,
  ],
  ['a folder', () => folder, /: there is a file that is not a socket$/],
])('refuses %s', async (_name, place, message) => {
  await expect(listen(place(), echo)).rejects.toThrow(message)
  expect(readdirSync(folder)).toEqual([])
})

it('refuses a path where another agent answers', async () => {
  socket = await listen(path, echo)
  await expect(listen(path, echo)).rejects.toThrow('another agent is running')
  expect(await ask(path, 'a')).toEqual({ request: 'a' })
})

it('reports that there is no agent, or something else', async () => {
  await expect(ask(path, 'a')).rejects.toThrow(/ENOENT/)
  writeFileSync(path, '')
  await expect(ask(path, 'a')).rejects.toThrow(/ECONNREFUSED/)
})

it.each(['hello', 'null', '5', '"x"', '[]', ''])("takes no agent that answers `%s'", async (answer) => {
  const other = createServer((guest) => guest.end(`${answer}\n`))
  await new Promise<void>((resolve) => other.listen(path, resolve))
  await expect(ask(path, 'a')).rejects.toThrow('not the answer of an agent')
  other.close()
})

it('does not wait forever for an answer', async () => {
  const guests: Socket[] = []
  const other = createServer((guest) => guests.push(guest))
  await new Promise<void>((resolve) => other.listen(path, resolve))
  await expect(ask(path, 'a', 50)).rejects.toThrow('no answer within 0.05 s')
  for (const guest of guests) guest.destroy()
  other.close()
})
