// Parts of the program that its groups of checks use.

export interface CheckTools {
  readonly rounds: number
  random(below: number): number
  equal(actual: unknown, expected: unknown): void
  attribute(type: number, payload: readonly number[]): number[]
  message(record: readonly number[]): number[]
}
