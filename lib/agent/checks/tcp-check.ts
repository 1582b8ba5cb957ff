// `tcp`: a connection is made, and reset at once, which leaves nothing behind on either side.
import { connect } from 'node:net'
import type { TcpPlan } from '../config/config.ts'
import { down, failure, runUntil, up } from './check-result.ts'
import type { HealthCheck } from './health-check.ts'

const CONNECTED = up('connected')
const SILENT = down('timed out: no answer to the connection request')

export const checkTcp: HealthCheck<TcpPlan> = ({ address, port }, { source }, signal) =>
  runUntil(
    signal,
    (finish) => {
      const socket = connect({ host: address, port, ...(source !== undefined && { localAddress: source }) })
      socket.on('connect', () => finish(CONNECTED))
      socket.on('error', (error) => finish(failure(error)))
      return () => {
        if (socket.connecting) socket.destroy()
        else socket.resetAndDestroy()
      }
    },
    () => SILENT,
  )
