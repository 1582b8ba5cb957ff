// The build puts this in the place of lib/model/scan.ts.
export { dottedQuad, scanRule, splitWords } from 'host'

export const PLAIN_FIELDS = 13
