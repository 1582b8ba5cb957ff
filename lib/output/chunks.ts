// Collects text into large chunks, because a system call per line costs more than the line.

/** The size of a chunk, in characters. */
export const CHUNK_SIZE = 64 * 1024

/** The text in chunks of about that size. */
export function* inChunks(texts: Iterable<string>): Generator<string, void, undefined> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length >= CHUNK_SIZE) {
      yield piece
      piece = ''
    }
  }
  if (piece !== '') yield piece
}
