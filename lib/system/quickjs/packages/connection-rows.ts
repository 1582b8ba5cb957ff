// The replacement of lib/output/connection-rows.ts in the standalone executable.
export { connectionRows } from 'host'
