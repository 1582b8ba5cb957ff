// Formats numbers with three digits and a unit prefix, and with a noun.

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E']

/** `999`, `1.23k`, `45.6M`, `789G`: at most three digits and a power of a thousand. Truncated, never rounded up. */
export function formatShort(value: bigint | number): string {
  const digits = String(value)
  if (digits.length <= 3) return digits
  const whole = ((digits.length - 1) % 3) + 1
  const prefix = PREFIXES[(digits.length - whole) / 3]!
  return whole === 3
    ? `${digits.slice(0, 3)}${prefix}`
    : `${digits.slice(0, whole)}.${digits.slice(whole, 3)}${prefix}`
}

/** `1 service`, `2 services`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
