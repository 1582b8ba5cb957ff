// Additional messages for mistakes in a rule line.
import { markHint } from '../output/mark-hint.ts'
import { invisibleCharacter } from '../output/visible.ts'

/** `192.0.2.1:80-90`, `[2001:db8::1]:80:90`, or the same after `=` or a short option. */
const PORT_RANGE = /[.\]].*:\d+[-:]\d+$/

const RANGE_PROBLEM =
  'a service has one port, or all (0, with -p); for a range use a firewall mark: ipvsadm help fwmark-service'

/** The error of a line in another message, or with a hint; `message` itself if there is nothing to add. */
export function explain(message: string, words: readonly string[]): string {
  if (words.some((word) => PORT_RANGE.test(word))) return RANGE_PROBLEM
  const hint = markHint(message)
  return hint === undefined ? message : `${message}; ${hint}`
}

/** @returns undefined if all characters of the line are visible */
export function invisibleProblem(text: string): string | undefined {
  const character = invisibleCharacter(text)
  return character && `the line has the invisible character ${character}`
}
