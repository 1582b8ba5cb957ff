// The file `state` on the disk: the marks, read when the agent starts and written when they change.
import { describe } from '../output/messages.ts'
import type { SystemError } from '../system/files.ts'
import type { System } from '../system/system.ts'
import type { Held } from './drift.ts'
import type { Log } from './log.ts'
import { formatMarks, parseMarks } from './marks-file.ts'

/** Undefined: there are none, or the file cannot be used, which is logged. @param now `Clock.now()` */
export function recallMarks(
  file: string,
  system: Pick<System, 'readFile'>,
  log: Log,
  now: number,
): Held | undefined {
  let text: string
  try {
    text = new TextDecoder().decode(system.readFile(file))
  } catch (error) {
    // Without a file nobody has set anything by hand.
    const { code, message } = error as SystemError
    if (code !== 'ENOENT') log('warning', 'state-wrong', { file, problem: message, consequence: 'not used' })
    return undefined
  }
  const held = parseMarks(text, now)
  if (held === undefined) log('warning', 'state-wrong', { file, consequence: 'not used' })
  return held
}

/** A failure is logged. */
export function keepMarks(file: string, held: Held, system: Pick<System, 'replaceFile'>, log: Log): void {
  try {
    system.replaceFile(file, formatMarks(held))
  } catch (error) {
    log('warning', 'state-not-written', { file, problem: describe(error as Error) })
  }
}
