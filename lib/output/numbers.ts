// Formats a counter of `--stats` and `--rate` for its column. columns.ts says which counters a row has.

const WIDTH = 8

/**
 * The text of one counter column, its leading blanks included: a blank and at least eight digits, as in `'        0'`.
 * With `exact` a longer number makes the column wider. Otherwise a number of nine digits or more is truncated (never
 * rounded) to the nine characters, by its number of digits:
 *
 *     up to 8   99999999      9   999999K      10, 11   99999M      12 to 14   99999G      15 and more   18446744T
 *
 * The suffix takes the place of the separating blank, so that eight digits and a T touch the column before.
 * Every suffix is a power of ten: cutting digits off the text is the division, and a bigint costs no arithmetic.
 */
export function formatCount(value: bigint | number, exact: boolean): string {
  const digits = String(value)
  const length = digits.length
  if (exact || length <= WIDTH) return ` ${digits.padStart(WIDTH)}`
  if (length <= 9) return `${digits.slice(0, -3).padStart(WIDTH)}K`
  if (length <= 11) return `${digits.slice(0, -6).padStart(WIDTH)}M`
  if (length <= 14) return `${digits.slice(0, -9).padStart(WIDTH)}G`
  return `${digits.slice(0, -12).padStart(WIDTH)}T`
}
