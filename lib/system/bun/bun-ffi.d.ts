// The little of Bun's own modules that the standalone binary uses (bun.sh/docs/api/ffi).
declare module 'bun:ffi' {
  export type FFIType = 'i32' | 'u32' | 'i64_fast' | 'u64_fast' | 'ptr'
  /** An address; as an argument also the memory itself. */
  export type Pointer = number & { readonly pointer: unique symbol }
  type Argument<T> = T extends 'ptr' ? Uint8Array | Pointer | null : number
  type Result<T> = T extends 'ptr' ? Pointer : number
  type Arguments<A extends readonly FFIType[]> = { -readonly [I in keyof A]: Argument<A[I]> }
  interface Signature {
    readonly args: readonly FFIType[]
    readonly returns: FFIType
  }
  export function dlopen<const S extends Readonly<Record<string, Signature>>>(
    library: string,
    signatures: S,
  ): {
    readonly symbols: {
      readonly [K in keyof S]: (...args: Arguments<S[K]['args']>) => Result<S[K]['returns']>
    }
  }
  export function ptr(memory: Uint8Array | BigUint64Array): Pointer
  export const read: { i32(pointer: Pointer, offset?: number): number }
}

declare const Bun: {
  spawnSync(
    command: readonly string[],
    options: {
      env: Readonly<Record<string, string>>
      stdin: 'ignore'
      stdout: 'inherit' | 'pipe'
      stderr: 'inherit' | 'ignore'
    },
  ): { exitCode: number; stdout?: Uint8Array }
}
