// The forms of single settings: endpoints, prefixes, times, sizes of waves.

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:2379'

/** `HOST:PORT`, perhaps with a scheme; an IPv6 address in brackets. */
export function isEndpoint(text: string): boolean {
  const [, port] = /^(?:https?:\/\/)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text) ?? []
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536
}

export const isPrefix = (text: string): boolean => /^\/[\w./-]{1,200}$/.test(text)

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }

/** `30`, `30s`, `5m` → seconds; undefined: it is no time. */
export function parseSeconds(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * UNITS[unit]!
}

/** `3`, `25%` → the size of a wave; undefined: it is none. */
export function parseBatch(text: string): { count: number } | { percent: number } | undefined {
  const [, number, percent] = /^(\d{1,5})(%)?$/.exec(text) ?? []
  const value = Number(number)
  if (number === undefined || value < 1) return undefined
  if (percent === undefined) return { count: value }
  return value > 100 ? undefined : { percent: value }
}
