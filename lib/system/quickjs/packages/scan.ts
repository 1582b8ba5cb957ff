// The build replaces lib/model/scan.ts by this.
export { dottedQuad, splitWords } from 'host'
