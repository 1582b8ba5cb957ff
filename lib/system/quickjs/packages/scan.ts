// The build puts this in the place of lib/model/scan.ts.
export { dottedQuad, splitWords } from 'host'
