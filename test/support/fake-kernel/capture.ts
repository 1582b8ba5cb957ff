// One exchange with a real kernel, kept as golden bytes.

export interface Capture {
  /** The datagram that was sent. */
  readonly request: Uint8Array
  /** Every datagram that came back, in order. */
  readonly replies: readonly Uint8Array[]
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))

export function capture(request: string, ...replies: readonly string[]): Capture {
  return { request: bytes(request), replies: replies.map(bytes) }
}
