// Lines of the kernel's list of connections: `connectionRows` gives what its twin in TypeScript gives, or nothing.
import { connectionRows, decodeUtf8 } from 'host'
import { concatBytes, encodeText } from '../../lib/model/bytes.ts'
import { formatConnections } from '../../lib/output/connection-listing.ts'
import { same, target } from './tools.ts'

const HEADING = encodeText('Pro\n')
const rows = new Uint8Array(65536)

target((bytes) => {
  const length = connectionRows(bytes, rows)
  if (length < 0) return
  const whole = [...formatConnections([concatBytes([HEADING, bytes])], { persistentConn: false })].join('')
  // Without the title, which has two lines.
  const title = whole.indexOf('\n', whole.indexOf('\n') + 1) + 1
  same(decodeUtf8(rows.subarray(0, length)), whole.slice(title))
})
