// Keys and size of the terminal on stdin and stdout, by Node's streams; only for full-screen views.
import type { TerminalEvents, TerminalSession } from '../system.ts'

export function openTerminal(events: TerminalEvents): TerminalSession | undefined {
  const { stdin, stdout } = process
  if (stdin.isTTY !== true || stdout.isTTY !== true) return undefined
  const listeners = [
    ['data', (bytes: Uint8Array) => events.input(bytes)],
    ['end', () => events.ended()],
    // A terminal gives EIO after a hang-up.
    ['error', () => events.ended()],
  ] as const
  for (const [event, listener] of listeners) stdin.on(event, listener)
  const resized = () => events.resized()
  stdout.on('resize', resized)
  stdin.setRawMode(true)
  stdin.resume()
  return {
    close() {
      stdout.off('resize', resized)
      stdin.setRawMode(false)
      stdin.pause()
      // Errors of a closed terminal may arrive later.
      for (const [event, listener] of listeners) if (event !== 'error') stdin.off(event, listener)
    },
  }
}
