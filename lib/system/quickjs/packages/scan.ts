// The replacement of lib/model/scan.ts in the standalone executable.
export { dottedQuad, scanRule, splitWords } from 'host'

export const PLAIN_FIELDS = 13
