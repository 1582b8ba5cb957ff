// JSON, colour, the table and completion on a real kernel and a real terminal.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import Ajv2020 from 'ajv/dist/2020'
import { Guest } from '../support/guest.ts'

const ROOT = join(__dirname, '../..')
const RULES = `-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 7 -x 100 -y 50
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 0
-A -t [2001:db8::1]:443 -s sh -b sh-port,sh-fallback
-a -t [2001:db8::1]:443 -r [2001:db8::2]:443 -w 100
-A -f 4000000000 -6 -s mh
-a -f 4000000000 -6 -r 10.0.0.3 -i --tun-type gue --tun-port 6080 --tun-csum
-A -u 192.0.2.9:53 -o -s rr
`

let guest: Guest

/** Runs a line of bash in the guest, which must succeed; returns its output. */
async function shell(line: string, stdin = ''): Promise<string> {
  const env = { PATH: `${ROOT}/bin:${process.env.PATH}`, TERM: 'xterm' }
  const { status, stdout, stderr } = await guest.run(['bash', '--norc', '-c', line], { env, stdin })
  expect([line, status, `${stderr}`]).toEqual([line, 0, ''])
  return `${stdout}`
}

/** The same on a separate terminal. */
async function onTerminal(line: string, columns: number): Promise<string> {
  const text = await shell(`script -qec 'stty cols ${columns}; ${line}' /dev/null`)
  return text.replaceAll('\r\n', '\n')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: matched on purpose
const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '')

beforeAll(async () => {
  guest = await Guest.start()
  await shell('ipvsadm -R', RULES)
})

afterAll(async () => {
  await guest.stop()
})

describe('JSON', () => {
  it.each(['-L', '-S', '-L -c', '-L --timeout', '-L --daemon'])(
    'of %s conforms to the schema',
    async (words) => {
      const schema: object = JSON.parse(readFileSync(join(ROOT, 'docs/ipvsadm.schema.json'), 'utf8'))
      const validate = new Ajv2020({ strictRequired: false }).compile(schema)
      validate(JSON.parse(await shell(`ipvsadm ${words} --json`)))
      expect(validate.errors ?? []).toEqual([])
    },
  )

  it('changes nothing when it is applied', async () => {
    const before = await shell('ipvsadm -Sn')
    expect(await shell('ipvsadm -S --json | ipvsadm apply -v -')).toBe('')
    expect(await shell('ipvsadm -L --json | ipvsadm diff -')).toBe('')
    expect(await shell('ipvsadm -Sn')).toBe(before)
  })

  it('restores the table', async () => {
    const before = await shell('ipvsadm -S --json')
    await shell('ipvsadm -C')
    await shell('ipvsadm apply -', before)
    expect(await shell('ipvsadm -S --json')).toBe(before)
  })
})

describe('on a terminal', () => {
  it.each(['-Ln', '-Ln --stats'])('%s is the plain text in colours', async (words) => {
    const text = await onTerminal(`ipvsadm ${words}`, 80)
    expect(text).toContain('\u001b[33m')
    expect(plain(text)).toBe(await shell(`ipvsadm ${words}`))
    expect(await onTerminal(`NO_COLOR=1 ipvsadm ${words}`, 80)).toBe(plain(text))
  })

  it('fits the table to the terminal', async () => {
    for (const columns of [80, 200]) {
      const lines = plain(await onTerminal('ipvsadm -Ln --table', columns)).split('\n')
      const listing = lines.filter((line) => !line.startsWith('no room'))
      expect(Math.max(...listing.map((line) => line.length))).toBeLessThanOrEqual(columns)
      expect(lines[0]!.includes('OutBPS')).toBe(columns === 200)
    }
  })

  it('a mistyped option gets a hint', async () => {
    expect(await onTerminal('ipvsadm -L --stast; true', 80)).toBe(
      "--stast: unknown option\nDid you mean `--stats'?\n",
    )
  })
})

describe('completion', () => {
  it('offers the existing services and real servers', async () => {
    const press = (line: string) =>
      shell(`source <(ipvsadm completion bash)
        COMP_WORDBREAKS=' '; COMP_LINE='${line}' COMP_POINT=${line.length}
        _ipvsadm; printf '%s\\n' "\${COMPREPLY[@]}"`)
    expect(await press('ipvsadm -D -t ')).toBe('192.0.2.1:80\n[2001:db8::1]:443\n')
    expect(await press('ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.1')).toBe('10.0.0.1:8080\n')
  })
})
