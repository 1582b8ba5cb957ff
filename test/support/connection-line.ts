// Generated lines of the kernel's list of connections, most of them of the usual shape or close to it.

const STRANGE = ['', '-5', '12711', '0', '27x1', '::1', 'ä', 'x'.repeat(40), '99999999999', '\u007f', 'a\tb']
const STATES = ['ESTABLISHED', 'NONE', 'TIME_WAIT', 'FIN_WAIT', 'COOKIE-REPLIED', 'S'.repeat(32)]

/**
 * A line without its end.
 * @param random gives a number below another one
 */
export function connectionLine(random: (below: number) => number, fitting: boolean): string {
  const pick = (list: readonly string[]) => list[random(list.length)]!
  const hex = (digits: number, upper: boolean) => {
    const number = random(3) === 0 ? pick(['0', 'ffff']) : random(16 ** 4).toString(16)
    const text = number.padStart(4, '0').slice(-digits)
    return upper ? text.toUpperCase() : text
  }
  const address = () =>
    random(2) === 0
      ? hex(4, true) + hex(4, true)
      : Array.from({ length: 8 }, () => (random(2) === 0 ? '0000' : hex(4, false))).join(':')
  const mapped = () =>
    `0000:0000:0000:0000:0000:${pick(['0000', 'ffff', 'fffe'])}:${hex(4, false)}:${hex(4, false)}`
  const endpoint = () => [random(8) === 0 ? mapped() : address(), hex(4, true)]
  const words = [pick(['TCP', 'UDP', 'SCTP', 'IP ']), ...endpoint(), ...endpoint(), ...endpoint()]
  const time = String(random(2) === 0 ? random(1000) : random(2 ** 22) * random(1000))
  words.push(pick(STATES).padEnd(11), time.padStart(7))
  if (random(4) === 0) words.push('sip', pick(['abc@10.9.0.3', '\u001b[31m', 'ü']))
  if (!fitting) {
    words[random(words.length)] = pick(STRANGE)
    if (random(3) === 0) words.splice(random(words.length), 1)
  }
  return words.join(fitting ? ' ' : pick([' ', ' ', '  ', '\t', '\r ']))
}
