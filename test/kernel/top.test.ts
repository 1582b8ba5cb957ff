// The live view on a real kernel, in a terminal that script(1) gives it: it shows the table, and leaves the terminal
// as it found it, however it ends.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { INSTALLED_PATH, install } from '../support/install.ts'

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

/** A shell's command that is run once the terminal shows a text. */
type Event = readonly [text: string, command: string]

/** Types keys. */
const type = (keys: string) => `printf '%s' '${keys}'`

/** Runs a shell's line on a terminal of 100 × 10 while these events happen in order; returns what the terminal gets. */
async function terminal(line: string, events: readonly Event[]): Promise<string> {
  const steps = events.map(
    ([text, command]) => `until grep -qF -e '${text}' screen; do sleep 0.1; done; ${command}`,
  )
  // The terminal's input stays open until its shell has left.
  const typist = `{ ${steps.join('; ')}; until grep -q "left [0-9]" screen; do sleep 0.1; done; }`
  const script = `: >screen; ${typist} | script -qefc 'stty cols 100 rows 10; ${line}; echo left $?' screen >/dev/null; cat screen`
  const { stdout } = await guest.run(['sh', '-c', script], {
    env: { PATH: INSTALLED_PATH, TERM: 'xterm-256color' },
    cwd: '/run',
  })
  return stdout.toString()
}

describe('ipvsadm top', () => {
  it('shows the services, unfolds one, and quits', async () => {
    const screen = await terminal('ipvsadm top', [
      ['-t 192.0.2.1:80', type('\r')],
      ['-> 198.51.100.2:80', type('q')],
    ])
    expect(screen).toContain(ENTER)
    expect(screen).toContain('1 services, 1 servers')
    expect(screen).toContain('-t 192.0.2.1:80')
    expect(screen).toContain('-> 198.51.100.2:80')
    expect(screen.slice(screen.lastIndexOf(LEAVE))).toMatch(/left 0\r\n/)
  })

  it('leaves the terminal as it found it when it is killed; and runs no program to learn the size of one', async () => {
    const trap =
      'mkdir /run/trap; printf "#!/bin/sh\\ntouch /run/trapped" | tee /run/trap/tput >/run/trap/resize'
    await guest.run(['sh', '-c', `${trap}; chmod 755 /run/trap/*`])
    const sizeless = 'stty cols 0 rows 0; export PATH=/run/trap:$PATH'
    const screen = await terminal(`${sizeless}; sh -c "echo \\$\\$ >pid; exec ipvsadm top"`, [
      ['1 services, 1 servers', 'kill -TERM $(cat pid)'],
    ])
    expect((await guest.run(['ls', '/run/trap', '/run/trapped'])).stdout.toString()).toBe(
      '/run/trap:\nresize\ntput\n',
    )
    expect(screen).toContain('1 services, 1 servers')
    expect(screen.slice(screen.lastIndexOf(LEAVE))).toMatch(/left \d+\r\n/)
  })

  it('needs a terminal', async () => {
    const { status, stderr } = await guest.run(['ipvsadm', 'top'], { env: { PATH: INSTALLED_PATH } })
    expect([status, stderr.toString()]).toEqual([2, 'top needs a terminal\n'])
  })
})
