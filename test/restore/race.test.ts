// Restores beside the reference, which adds and deletes servers and services of its own all the time.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Guest, Namespace } from '../support/guest.ts'
import { Ours, REFERENCE, startGuest } from './guest/index.ts'

const LONG = process.env.IPVSADM_LONG !== undefined
const RESTORES = LONG ? 100 : 16
const SERVERS = 600

let guest: Guest
let namespace: Namespace
let ours: Ours

beforeAll(async () => {
  guest = await startGuest()
  namespace = await guest.namespace()
  ours = await Ours.start(namespace)
})
afterAll(async () => {
  await guest?.stop()
})

const SERVICE = '-t 192.0.2.1:80'
/** Files of one large service that share most of their servers. */
const file = (n: number) => [
  `-A ${SERVICE} -s rr`,
  ...Array.from(
    { length: SERVERS },
    (_, i) => `-a ${SERVICE} -r 198.51.${100 + ((i + n) >> 8)}.${(i + n) & 255}:80 -m -w ${1 + (n % 2)}`,
  ),
]

/** Each round ends with what it began with, unless a restore has come between. */
const LOOP = `
  while [ ! -e /tmp/stop ]; do
    ${REFERENCE} -a ${SERVICE} -r 203.0.113.$1:80 -m
    ${REFERENCE} -A -f $1 -s rr
    ${REFERENCE} -d ${SERVICE} -r 203.0.113.$1:80
    ${REFERENCE} -D -f $1
  done
  echo done >/tmp/ended$1`

it(`${RESTORES} restores beside two programs: the end is the last file`, async () => {
  expect(await ours.restore(file(0).join('\n'))).toMatchObject({ status: 0, stderr: '' })
  const start = 'loop=$1; for n in 1 2; do setsid sh -c "$loop" sh $n >/dev/null 2>&1 </dev/null & done'
  await namespace.run(['/bin/sh', '-c', start, 'sh', LOOP])
  const ends: number[] = []
  for (let n = 1; n <= RESTORES; n++) {
    const { status, stdout, stderr } = await ours.restore(file(n).join('\n'))
    ends.push(status)
    if (status === 0) expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
    else expect({ status, stderr }).toEqual({ status: 255, stderr: expect.stringMatching(CONTESTED) })
  }
  const stop = 'touch /tmp/stop; until [ -e /tmp/ended1 ] && [ -e /tmp/ended2 ]; do sleep 0.1; done'
  await namespace.run(['/bin/sh', '-c', stop])
  const { stdout } = await namespace.run([REFERENCE, '-Sn'])
  expect(`${stdout}`.trimEnd().split('\n').sort()).toEqual(file(RESTORES).sort())
  process.stderr.write(
    `of ${RESTORES} restores, ${ends.filter((status) => status === 0).length} ended with 0\n`,
  )
})

/** Only entries of the other programs are named. */
const CONTESTED =
  /^another program keeps changing the table; .*:\n( {2}-[dD] (-f [12]|-t 192\.0\.2\.1:80 -r 203\.0\.113\.[12]:80)\n)+$/
