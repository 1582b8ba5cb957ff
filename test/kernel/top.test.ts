// The live view on a real kernel, in a terminal that script(1) gives it: it shows the table, and leaves the terminal
// as it found it, however it ends.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { INSTALLED_PATH, install } from '../support/install.ts'

jest.setTimeout(120_000)

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start()
  await install(guest)
  const rules = '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.2 -m\n'
  await guest.run(['ipvsadm', '-R'], { stdin: rules, env: { PATH: INSTALLED_PATH } })
})

afterAll(async () => {
  await guest?.stop()
})

const ENTER = '\u001b[?1049h'
const LEAVE = '\u001b[?25h\u001b[?1049l'

/** What a terminal of 100 × 10 gets from a shell's line, while these keys are typed, one every few seconds. */
async function terminal(line: string, keys = ''): Promise<string> {
  const typing = [...keys].map((key) => `sleep 5; printf '%s' '${key}'`).join('; ')
  const script = `{ ${typing || ':'}; sleep 20; } | timeout 60 script -qec 'stty cols 100 rows 10; ${line}' /dev/null`
  const { stdout } = await guest.run(['sh', '-c', script], {
    env: { PATH: INSTALLED_PATH, TERM: 'xterm-256color' },
    timeout: 90,
  })
  return stdout.toString()
}

describe('ipvsadm top', () => {
  it('shows the services, unfolds one, and quits', async () => {
    const screen = await terminal('ipvsadm top; echo left $?', '\rq')
    expect(screen).toContain(ENTER)
    expect(screen).toContain('1 services, 1 servers')
    expect(screen).toContain('-t 192.0.2.1:80')
    expect(screen).toContain('-> 198.51.100.2:80')
    expect(screen.slice(screen.lastIndexOf(LEAVE))).toMatch(/left 0\r\n$/)
  })

  it('leaves the terminal as it found it when it is killed; and runs no program to learn the size of one', async () => {
    const trap =
      'mkdir /run/trap; printf "#!/bin/sh\\ntouch /run/trapped" | tee /run/trap/tput >/run/trap/resize'
    await guest.run(['sh', '-c', `${trap}; chmod 755 /run/trap/*`])
    const sizeless = 'stty cols 0 rows 0; export PATH=/run/trap:$PATH'
    const screen = await terminal(`${sizeless}; timeout --foreground 12 ipvsadm top; echo left $?`)
    expect((await guest.run(['ls', '/run/trap', '/run/trapped'])).stdout.toString()).toBe(
      '/run/trap:\nresize\ntput\n',
    )
    expect(screen).toContain('1 services, 1 servers')
    expect(screen.slice(screen.lastIndexOf(LEAVE))).toMatch(/left \d+\r\n$/)
  })

  it('needs a terminal', async () => {
    const { status, stderr } = await guest.run(['ipvsadm', 'top'], { env: { PATH: INSTALLED_PATH } })
    expect([status, stderr.toString()]).toEqual([2, 'top needs a terminal\n'])
  })
})
