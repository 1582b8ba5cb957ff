// Hints after the error of a rule line, for mistakes that the original's message does not explain.
import { invisibleCharacter } from '../output/visible.ts'

/** A range in the place of a port. */
const PORT_RANGE = /[:\]]:?\d+[-:]\d+$/

const RANGE_HINT =
  'a service has one port, or all (port 0, with -p); for a range of ports mark the packets and use -f (ipvsadm help fwmark-service)'

/** Text to follow the message; empty if there is nothing to add. */
export function hintAfter(text: string, words: readonly string[]): string {
  const invisible = invisibleCharacter(text)
  if (invisible !== undefined) return `; the line has the invisible character ${invisible}`
  return words.some(isPortRange) ? `; ${RANGE_HINT}` : ''
}

/** `192.0.2.1:80-90`, `[2001:db8::1]:80:90`, or the same after `=` or a short option. */
function isPortRange(word: string): boolean {
  return PORT_RANGE.test(word) && /[.\]]/.test(word)
}
