// Texts that the host and Node convert in the same way: host.test.ts makes them, program.ts compares.
/** Texts and their bytes, bytes and their texts. */
export interface Texts {
  readonly encoded: readonly (readonly [string, readonly number[]])[]
  readonly decoded: readonly (readonly [readonly number[], string])[]
}
