// Text as bytes and back, by the interfaces that every runtime has.

export const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Malformed input becomes U+FFFD; a byte order mark stays. */
export const decodeText = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** Text that may be UTF-8. */
export const asText = (text: string | Uint8Array): string =>
  typeof text === 'string' ? text : decodeText(text)

/** Each byte as the character with its number. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
