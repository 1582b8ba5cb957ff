// Generated rule lines, most of them of the usual shape or close to it.

const ADDRESSES = ['192.0.2.1', '10.0.0.255', '10.0.0.256', '010.0.0.1', '0x7f.1', '2001:db8::1', '', 'host']
const PORTS = ['80', '080', '0', '65535', '65536', '', 'http', '8o']
const NAMES = ['wlc', 'rr', 'ipvsadm', 'Wlc', 'abcdefghijklmno', 'abcdefghijklmnop', '-r', 'sh#']
const NUMBERS = ['0', '1', '007', '300', '2678400', '2678401', '999999999', '1000000000', '+1', '-1', 'x', '']
const BLANKS = [' ', ' ', ' ', '\t', '  ', ' \r']
const OTHERS = ['-o', '--weight=3', '-w3', '-x', '-', '--', '#', 'ipvsadm', '-tm', 'ä', '-b', '-6']

/**
 * A line of words that fit, or with others among them.
 * @param random gives a number below another one
 */
export function ruleLine(random: (below: number) => number, fitting: boolean): string {
  const pick = (list: readonly string[]) => list[fitting ? random(2) : random(list.length)]!
  const endpoint = () => `${pick(ADDRESSES)}:${pick(PORTS)}`
  const parts: string[][] = [[random(2) === 0 ? '-t' : '-u', endpoint()]]
  const command = random(3) === 0 ? '-A' : '-a'
  if (command === '-a' || !fitting) parts.push(['-r', endpoint()])
  const more: readonly (() => string[])[] =
    command === '-A' && fitting
      ? [() => ['-s', pick(NAMES)], () => ['-p', pick(NUMBERS)]]
      : [() => ['-w', pick(NUMBERS)], () => [['-m', '-g', '-i'][random(3)]!]]
  for (const part of more) if (random(2) === 0) parts.push(part())
  if (!fitting) {
    const strange = [[OTHERS[random(OTHERS.length)]!], ['-s', pick(NAMES)], ['-p', pick(NUMBERS)], ['-p']]
    parts.push(strange[random(strange.length)]!)
    if (random(3) === 0) parts.splice(random(parts.length), 1)
  }
  const words: string[] = []
  while (parts.length > 0) words.push(...parts.splice(random(parts.length), 1)[0]!)
  const blank = () => BLANKS[random(BLANKS.length)]!
  const line = [command, ...words].map((word) => word + blank()).join('')
  return random(4) === 0 ? blank() + line : line.trimEnd()
}

const NOTHINGS = ['', ' ', '\t\r', '# -A -t 192.0.2.1:80', '  #', 'ipvsadm', 'ipvsadm # x']

/** Lines of a file, some of them without words, as UTF-8. */
export function ruleText(random: (below: number) => number, lines: readonly string[]): Uint8Array {
  const all = lines.flatMap((line) => (random(6) === 0 ? [NOTHINGS[random(NOTHINGS.length)]!, line] : [line]))
  const mark = random(4) === 0 ? '\ufeff' : ''
  return new TextEncoder().encode(mark + all.join('\n') + (random(2) === 0 ? '\n' : ''))
}
