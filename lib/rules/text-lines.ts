// The lines of a rule file in bytes, one by one.
import { decodeText } from '../model/bytes.ts'
import { PROGRESS } from './sending-room.ts'

const NEWLINE = 10
const NOTHING = /^[ \t\r]*(#|$)/

/** Whether a line has no words, or is a comment. */
export const isNothing = (line: string): boolean => NOTHING.test(line)

const MARK = [0xef, 0xbb, 0xbf]

/** The offset of the first line: a byte order mark is skipped. */
export const firstLine = (text: Uint8Array): number => (MARK.every((byte, i) => text[i] === byte) ? 3 : 0)

/** The offset of the line after the one that begins at `start`. */
export function nextLine(text: Uint8Array, start: number): number {
  const newline = text.indexOf(NEWLINE, start)
  return newline < 0 ? text.length : newline + 1
}

/** The place of the first line. */
export function startOf(text: Uint8Array): Uint32Array {
  const progress = new Uint32Array(Object.keys(PROGRESS).length)
  progress[PROGRESS.from] = firstLine(text)
  progress[PROGRESS.to] = text.length
  progress[PROGRESS.line] = 1
  return progress
}

/** The line at the place, which is moved behind it. */
export function takeLine(text: Uint8Array, progress: Uint32Array): string {
  const start = progress[PROGRESS.from]!
  const next = nextLine(text, start)
  progress[PROGRESS.from] = next
  progress[PROGRESS.line]!++
  return decodeText(text.subarray(start, text[next - 1] === NEWLINE ? next - 1 : next))
}

/** Made once: that takes longer than decoding a line. */
let decoder: InstanceType<typeof TextDecoder> | undefined

/** Calls `take` for each line, with its number, until it gives false; moves the place behind all others. */
export function eachLine(
  text: Uint8Array,
  progress: Uint32Array,
  take: (line: string, number: number) => boolean,
): void {
  const to = progress[PROGRESS.to]!
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true })
  for (let from = progress[PROGRESS.from]!; from < to; ) {
    const newline = text.indexOf(NEWLINE, from)
    const end = newline < 0 || newline > to ? to : newline
    if (!take(decoder.decode(text.subarray(from, end)), progress[PROGRESS.line]!)) return
    from = Math.min(end + 1, to)
    progress[PROGRESS.from] = from
    progress[PROGRESS.line]!++
  }
}
