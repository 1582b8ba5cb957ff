// The live view on a real kernel, in a terminal that script(1) gives it: it shows the table, and leaves the terminal
// unchanged after every way to end.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Guest } from '../support/guest.ts'
import { install, installedPath } from '../support/install.ts'

let guest: Guest

beforeAll(async () => {
  guest = await Guest.start()
  await install(guest)
  const rules = '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.2 -m\n'
  await guest.run(['ipvsadm', '-R'], { stdin: rules, env: { PATH: installedPath() } })
})

afterAll(async () => {
  await guest?.stop()
})

const ENTER = '\u001b[?1049h'
const LEAVE = '\u001b[?25h\u001b[?1049l'

/**
 * The output on a terminal of 100 × 10 of a shell's lines. `input` is for another shell, whose output is typed, and which can
 * wait with `shown TEXT` for text on the terminal.
 */
async function terminal(lines: string, input = ''): Promise<string> {
  const script = `
    cd "$(mktemp -d)"; : >screen
    shown() { while ! grep -qF -- "$1" screen; do sleep 0.1; done; }
    { ${input}
      shown 'left '; } |
    script -qefc 'stty cols 100 rows 10; stty -g >before; ${lines}
      status=$?; stty -g | cmp - before && echo "as before; left $status" || echo "changed; left $status"' screen >/dev/null
    cat screen`
  const { stdout } = await guest.run(['bash', '-c', script], {
    env: { PATH: installedPath('node'), TERM: 'xterm-256color', SHELL: '/bin/bash' },
  })
  return stdout.toString()
}

/** The text on the terminal after the view. */
const afterwards = (screen: string) => screen.slice(screen.lastIndexOf(LEAVE) + LEAVE.length)

describe('ipvsadm top', () => {
  it('shows the services, unfolds one, and quits', async () => {
    const screen = await terminal(
      'ipvsadm top',
      `shown "1 service,"; printf '\\r'; shown "-> 198.51.100.2:80"; printf q`,
    )
    expect(screen).toContain(ENTER)
    expect(screen).toContain('1 service, 1 server')
    expect(screen).toContain('-t 192.0.2.1:80')
    expect(afterwards(screen)).toContain('as before; left 0\r\n')
  })

  it('quits with Ctrl-C', async () => {
    const screen = await terminal('ipvsadm top', `shown "1 service,"; printf '\\003'`)
    expect(afterwards(screen)).toContain('as before; left 0\r\n')
  })

  it.each([
    ['INT', 130],
    ['TERM', 143],
    ['HUP', 129],
  ])('leaves the terminal as it found it at SIG%s', async (signal, status) => {
    const kill = `shown "1 service,"; kill -${signal} $(cat pid)`
    const screen = await terminal('sh -c "echo \\$\\$ >pid; exec ipvsadm top"', kill)
    expect(afterwards(screen)).toContain(`as before; left ${status}\r\n`)
  })

  it('has a default size where the terminal has none, and runs no program to find one', async () => {
    const trap =
      'mkdir /run/trap; printf "#!/bin/sh\\ntouch /run/trapped" | tee /run/trap/tput >/run/trap/resize'
    await guest.run(['sh', '-c', `${trap}; chmod 755 /run/trap/*`])
    const sizeless = 'stty cols 0 rows 0; stty -g >before; export PATH=/run/trap:$PATH'
    const screen = await terminal(`${sizeless}; ipvsadm top`, 'shown "q quit"; printf q')
    expect((await guest.run(['ls', '/run/trap', '/run/trapped'])).stdout.toString()).toBe(
      '/run/trap:\nresize\ntput\n',
    )
    expect(screen).toContain('\u001b[24;1H')
    expect(afterwards(screen)).toContain('as before; left 0\r\n')
  })

  it('needs a terminal', async () => {
    const { status, stderr } = await guest.run(['ipvsadm', 'top'], { env: { PATH: installedPath('node') } })
    expect([status, stderr.toString()]).toEqual([2, 'top needs a terminal\n'])
  })
})
