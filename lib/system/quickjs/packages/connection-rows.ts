// The build puts this in the place of lib/output/connection-rows.ts.
export { connectionRows } from 'host'
