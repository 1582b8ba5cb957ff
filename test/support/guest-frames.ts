// Fields between a test and guest-agent.pl: each a length, 32 bits, big end first, and as many bytes. A frame is a field
// whose bytes are fields.

export type Field = string | number | Uint8Array

export function list(fields: readonly string[]): Field[] {
  return [fields.length, ...fields]
}

export function pack(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = typeof field === 'object' ? field : Buffer.from(`${field}`)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

export function unpack(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    fields.push(bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}
