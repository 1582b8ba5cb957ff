// Generated files of rules that something has spoiled.
import fc from 'fast-check'
import { ruleFile } from '../reconcile/arbitrary.ts'

type Mutation = (bytes: Buffer, at: number, value: number) => Buffer

const insert = (bytes: Buffer, at: number, more: string) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from(more, 'latin1'), bytes.subarray(at)])

const MUTATIONS: readonly Mutation[] = [
  (bytes, at, value) => {
    const copy = Buffer.from(bytes)
    if (copy.length > at) copy[at]! ^= 1 << (value & 7)
    return copy
  },
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at, value) => insert(bytes, at, String.fromCharCode(value & 255)),
  (bytes, at) => insert(bytes, at, '\0'),
  (bytes, at, value) => insert(bytes, at, 'x'.repeat(value % 40_000)),
  (bytes, at, value) => insert(bytes, at, '"\'`'.repeat(value % 500)),
  (bytes, at, value) => insert(bytes, at, ' -'.repeat(value % 300)),
  (bytes, at, value) => insert(bytes, at, '\n'.repeat(value % 500)),
  (bytes, at, value) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 30))]),
  (bytes, at, value) => insert(bytes, at, bytes.toString('latin1', at, at + (value % 400))),
  (bytes, at) => insert(bytes, at, ' 99999999999999999999 '),
  (bytes, at) => insert(bytes, at, '{"['.repeat(200)),
]

/** The bytes of a file of rules with one to three faults. */
export const mutatedFile: fc.Arbitrary<Buffer> = fc
  .tuple(
    ruleFile,
    fc.array(fc.tuple(fc.nat(MUTATIONS.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
  )
  .map(([rules, mutations]) =>
    mutations.reduce(
      (bytes, [kind, at, value]) => MUTATIONS[kind]!(bytes, at % (bytes.length + 1), value),
      Buffer.from(rules) as Buffer,
    ),
  )
