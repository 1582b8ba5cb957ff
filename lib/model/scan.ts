// Loops over the characters of a rule file, which take most of the time of reading one. In the standalone executable
// functions of the C host replace them (native/scan.c); a test compares their results.

const DOT = 46
const ZERO = 48
const NINE = 57

/** The number of an IPv4 address in canonical text (four decimal parts without leading zeros); -1 for other text. */
export function dottedQuad(text: string): number {
  let number = 0
  let part = 0
  let digits = 0
  let parts = 1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= ZERO && code <= NINE) {
      if (digits > 0 && part === 0) return -1
      part = part * 10 + code - ZERO
      if (part > 255) return -1
      digits++
    } else if (code === DOT && digits > 0 && parts < 4) {
      number = number * 256 + part
      part = 0
      digits = 0
      parts++
    } else return -1
  }
  return parts === 4 && digits > 0 ? number * 256 + part : -1
}

const isBlank = (code: number) => code === 32 || code === 9 || code === 13

/** The words of a line, between blanks, tabs and carriage returns. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  for (let at = 0; at < line.length; ) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++
    const start = at
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++
    if (at > start) words.push(line.slice(start, at))
  }
  return words
}

/** The numbers that `scanRule` finds. */
export const PLAIN_FIELDS = 13

const LETTERS = /^[a-z]{1,15}$/
const WEIGHT = /^\d{1,9}$/
const PERSISTENCE = /^[1-9]\d{0,5}$/
const PORT = /^[1-9]\d{0,4}$/

/**
 * Whether a rule line is plain; then its parts are in `fields`: the command's letter, the protocol's, the service's
 * address (from, to) and port, the server's, the forwarding method's letter (0 if none), the weight (-1 if none), the
 * scheduler (from, to; 0 if none), the persistence (0 if none).
 */
export function scanRule(line: string, fields: Int32Array): boolean {
  fields.fill(0)
  fields[9] = -1
  const seen = new Set<string>()
  const words = [...line.matchAll(/[^ \t\r]+/g)]
  const command = words[0]?.[0]
  if (command !== '-A' && command !== '-a') return false
  fields[0] = command.charCodeAt(1)
  for (let i = 1; i < words.length; i++) {
    const option = words[i]![0]
    if (!/^-[turmgiwsp]$/.test(option)) return false
    const kind = 'mgi'.includes(option[1]!) ? 'forwarding' : option === '-u' ? '-t' : option
    if (seen.has(kind) || (command === '-A' ? 'rwmgi' : 'sp').includes(option[1]!)) return false
    seen.add(kind)
    if (kind === 'forwarding') fields[8] = option.charCodeAt(1)
    else if (!scanValue(option, words[++i], fields)) return false
  }
  return seen.has('-t') && (command === '-A' || seen.has('-r'))
}

function scanValue(option: string, word: RegExpExecArray | undefined, fields: Int32Array): boolean {
  if (word === undefined) return false
  const [text] = word
  const { index } = word
  if (option === '-w' || option === '-p') {
    fields[option === '-w' ? 9 : 12] = Number(text)
    return (option === '-w' ? WEIGHT : PERSISTENCE).test(text)
  }
  if (option === '-s') {
    fields[10] = index
    fields[11] = index + text.length
    // This word is ignored in any position.
    return LETTERS.test(text) && text !== 'ipvsadm'
  }
  const colon = text.indexOf(':')
  const port = text.slice(colon + 1)
  const first = option === '-r' ? 5 : 2
  if (option !== '-r') fields[1] = option.charCodeAt(1)
  fields[first] = index
  fields[first + 1] = index + colon
  fields[first + 2] = Number(port)
  return colon >= 0 && dottedQuad(text.slice(0, colon)) >= 0 && PORT.test(port) && Number(port) <= 65535
}
