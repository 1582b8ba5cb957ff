// Bytes from a terminal → keys. Pure; the caller has the timeout of a lone escape.

/** A key, or pasted text. */
export interface Key {
  /** The typed character, the pasted text; empty for special keys. */
  readonly text: string
  readonly name?: SpecialKey | 'paste'
}

export type SpecialKey =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'return'
  | 'escape'
  | 'backspace'
  | 'interrupt'

/** The state between two chunks of bytes. */
export interface KeyState {
  /** The beginning of an incomplete sequence or character. */
  readonly rest: Uint8Array
  /** Between the marks of bracketed paste. */
  readonly pasting: boolean
}

export const NO_KEYS: KeyState = { rest: new Uint8Array(0), pasting: false }

export interface KeysRead {
  readonly keys: readonly Key[]
  readonly state: KeyState
}

const ESCAPE = 0x1b
const BRACKET = 0x5b
/** The maximum length of a sequence. */
const LONGEST_SEQUENCE = 32

/** Keys by their byte. Terminals send DEL for the key labelled backspace. */
const CONTROLS: Readonly<Record<number, SpecialKey>> = {
  3: 'interrupt',
  8: 'backspace',
  10: 'return',
  13: 'return',
  127: 'backspace',
}

/** By the last byte of a sequence, with the number before it. */
const SEQUENCES: Readonly<Record<string, SpecialKey>> = {
  A: 'up',
  B: 'down',
  M: 'return',
  '3~': 'backspace',
  '5~': 'pageUp',
  '6~': 'pageDown',
}

const PASTE_BEGINS = '200~'
const PASTE_END = [...'\u001b[201~'].map((character) => character.charCodeAt(0))

/** The keys in these bytes, which may be split at any point. */
export function readKeys({ rest, pasting }: KeyState, chunk: Uint8Array): KeysRead {
  const bytes = new Uint8Array(rest.length + chunk.length)
  bytes.set(rest)
  bytes.set(chunk, rest.length)
  const keys: Key[] = []
  let pasted = ''
  const endPaste = () => {
    if (pasted !== '') keys.push({ text: pasted, name: 'paste' })
    pasted = ''
  }
  let at = 0
  while (at < bytes.length) {
    const unit = pasting ? pastedUnit(bytes, at) : typedUnit(bytes, at)
    if (unit === undefined) break
    at += unit.length
    if (unit.paste !== undefined) pasting = unit.paste
    if (!pasting) endPaste()
    if (unit.key === undefined) continue
    if (pasting) pasted += unit.key.text
    else keys.push(unit.key)
  }
  endPaste()
  return { keys, state: { rest: bytes.slice(at), pasting } }
}

/** The keys in an incomplete rest after its timeout: a lone escape is a key; other beginnings are dropped. */
export function settleKeys({ rest, pasting }: KeyState): KeysRead {
  const alone = !pasting && rest.length === 1 && rest[0] === ESCAPE
  return { keys: alone ? [{ text: '', name: 'escape' }] : [], state: { rest: NO_KEYS.rest, pasting } }
}

/** The length of a unit of bytes, and its key, if any. */
interface Unit {
  readonly length: number
  readonly key?: Key
  /** The unit begins or ends pasting. */
  readonly paste?: boolean
}

/** Undefined: the unit is incomplete. */
function typedUnit(bytes: Uint8Array, at: number): Unit | undefined {
  const byte = bytes[at] as number
  if (byte === ESCAPE) return sequence(bytes, at)
  const name = CONTROLS[byte]
  return name === undefined ? character(bytes, at) : { length: 1, key: { text: '', name } }
}

/** A control sequence (ECMA-48, 5.4), SS3 and a letter, or the escape key. */
function sequence(bytes: Uint8Array, at: number): Unit | undefined {
  const kind = bytes[at + 1]
  if (kind === undefined) return undefined
  if (kind === 0x4f) {
    const last = bytes[at + 2]
    return last === undefined ? undefined : known(3, String.fromCharCode(last))
  }
  if (kind !== BRACKET) return { length: 1, key: { text: '', name: 'escape' } }
  // Function keys of the Linux console have a second bracket.
  const begin = bytes[at + 2] === BRACKET ? at + 3 : at + 2
  for (let end = begin; end < at + LONGEST_SEQUENCE; end++) {
    const byte = bytes[end]
    if (byte === undefined) return undefined
    if (byte >= 0x20 && byte <= 0x3f) continue
    const length = end - at + 1
    if (byte < 0x40 || byte > 0x7e) return { length: length - 1 }
    if (begin !== at + 2) return { length }
    const text = String.fromCharCode(...bytes.subarray(begin, end + 1))
    if (text === PASTE_BEGINS) return { length, paste: true }
    // Modifiers follow the first number.
    return known(length, byte === 0x7e ? text.replace(/;.*~/, '~') : text.slice(-1))
  }
  return { length: LONGEST_SEQUENCE }
}

function known(length: number, text: string): Unit {
  const name = SEQUENCES[text]
  return name === undefined ? { length } : { length, key: { text: '', name } }
}

function pastedUnit(bytes: Uint8Array, at: number): Unit | undefined {
  const present = PASTE_END.findIndex((byte, i) => bytes[at + i] !== byte)
  if (present < 0) return { length: PASTE_END.length, paste: false }
  if (present > 0 && at + present === bytes.length) return undefined
  return character(bytes, at)
}

/** A character in UTF-8; drops control characters and invalid UTF-8. */
function character(bytes: Uint8Array, at: number): Unit | undefined {
  const first = bytes[at] as number
  if (first < 0x80) return first < 0x20 || first === 0x7f ? { length: 1 } : typed(1, first)
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4) return { length: 1 }
  let code = first & (0x7f >> length)
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    if (byte >> 6 !== 2) return { length: i }
    code = (code << 6) | (byte & 0x3f)
  }
  const lowest = [0xa0, 0x800, 0x10000][length - 2] as number
  const valid = code >= lowest && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return valid ? typed(length, code) : { length }
}

const typed = (length: number, code: number): Unit => ({
  length,
  key: { text: String.fromCodePoint(code) },
})
