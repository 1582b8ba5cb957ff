// The settings of the connection: their file, their checks, times and sizes.
import { describe, expect, it } from '@jest/globals'
import { parseBatch, parseSeconds } from '../../lib/fleet/cluster-words.ts'
import { clusterSettings, parseClusterSettings } from '../../lib/fleet/fleet-settings.ts'

const files: Readonly<Record<string, string>> = {
  '/ca': 'CA',
  '/cert': 'CERT',
  '/key': 'KEY',
  '/login': 'me:a:b\n',
  '/unnamed': ':a\n',
  '/empty': 'me:\n',
}
const readFile = (path: string) => {
  if (files[path] === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
  return new TextEncoder().encode(files[path])
}

it('have defaults', () => {
  expect(clusterSettings({}, { readFile })).toEqual({
    prefix: '/ipvsadm/',
    cluster: { endpoints: ['http://127.0.0.1:2379'] },
  })
})

it('read the files that they name', () => {
  const parsed = parseClusterSettings(
    'endpoints: [https://a:2379, "https://[::1]:2379"]\nprefix: /lb\nca: /ca\ncert: /cert\nkey: /key\nlogin: /login\n',
  )
  if ('problem' in parsed) throw new Error(parsed.problem)
  expect(clusterSettings(parsed.settings, { readFile })).toEqual({
    prefix: '/lb',
    cluster: {
      endpoints: ['https://a:2379', 'https://[::1]:2379'],
      tls: { authority: readFile('/ca'), certificate: readFile('/cert'), key: readFile('/key') },
      login: { name: 'me', password: 'a:b' },
    },
  })
})

it('may name one endpoint, and may be empty', () => {
  expect(parseClusterSettings('endpoints: a:1\n')).toEqual({ settings: { endpoints: ['a:1'] } })
  expect(parseClusterSettings('')).toEqual({ settings: {} })
})

describe('refuse', () => {
  it.each([
    ['- a', /must be keys/],
    ['endpoint: a:1', /endpoint: unknown key; there are endpoints, prefix/],
    ['prefix: 1', /prefix: must be a text/],
    ['endpoints: [1]', /must be a list of texts/],
    ['a: "', /./],
  ])('the file %j', (text, problem) => {
    expect(parseClusterSettings(text)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it.each([
    ['a login', '/login', { login: '/login' }],
    ['a key', '/key', { endpoints: ['https://a:1'], cert: '/cert', key: '/key' }],
  ])('%s that all users may read', (_, secret, settings) => {
    const withMode = (mode: number) =>
      clusterSettings(settings, { readFile, fileMode: (path) => (path === secret ? mode : 0o100644) })
    expect(withMode(0o100644)).toEqual({
      problem: `${secret}: all users may read this secret: chmod 600 ${secret}`,
    })
    expect(withMode(0o100640)).toHaveProperty('cluster')
  })

  it.each([
    [{ endpoints: ['a'] }, /invalid endpoint `a'/],
    [{ endpoints: ['a:0'] }, /invalid endpoint `a:0'/],
    [{ endpoints: ['a:65536'] }, /invalid endpoint `a:65536'/],
    [{ endpoints: ['ftp://a:1'] }, /invalid endpoint/],
    [{ endpoints: ['http://a:1', 'https://b:1'] }, /either all with https/],
    [{ prefix: 'a' }, /invalid prefix/],
    [{ endpoints: ['https://a:1'], cert: '/cert' }, /cert and key belong together/],
    [{ endpoints: ['http://a:1'], ca: '/ca' }, /need endpoints with https/],
    [{ endpoints: ['https://a:1'], ca: '/none' }, /^cannot read \/none: ENOENT/],
    [{ login: '/none' }, /^cannot read \/none: ENOENT/],
    [{ login: '/unnamed' }, /the first line must be NAME:PASSWORD/],
    [{ login: '/empty' }, /the first line must be NAME:PASSWORD/],
    [{ login: '/ca' }, /the first line must be NAME:PASSWORD/],
  ])('%j', (settings, problem) => {
    expect(clusterSettings(settings, { readFile })).toEqual({ problem: expect.stringMatching(problem) })
  })
})

it.each([
  ['30', 30],
  ['30s', 30],
  ['1.5s', 1.5],
  ['250ms', 0.25],
  ['5m', 300],
  ['1h', 3600],
  ['', undefined],
  ['-1', undefined],
  ['1d', undefined],
])('reads the time %j', (text, seconds) => {
  expect(parseSeconds(text)).toBe(seconds)
})

it.each([
  ['3', { count: 3 }],
  ['25%', { percent: 25 }],
  ['100%', { percent: 100 }],
  ['0', undefined],
  ['101%', undefined],
  ['x', undefined],
])('reads the size of a wave %j', (text, size) => {
  expect(parseBatch(text)).toEqual(size)
})
