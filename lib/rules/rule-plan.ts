// Rule lines of usual services and servers as data (lib/output/row-plan.ts); rule-lines.ts writes any.
import { TUNNEL_TYPE } from '../ipvs/uapi.ts'
import { MAX_TIMEOUT } from '../model/limits.ts'
import {
  type FieldName,
  type Piece,
  persistence,
  protocolPiece,
  SCHEDULER_PIECE,
  serverRow,
  serviceRow,
  type TablePlan,
  TIMEOUT_PIECE,
} from '../output/row-plan.ts'
import { FORWARDING_OPTIONS, PROTOCOL_OPTIONS } from './rule-lines.ts'

const between = (field: FieldName, least: number, most: number): Piece => ({
  kind: 'between',
  field,
  least,
  most,
})

/** The service as an option, of which port 0 is legal for some only. */
const ID: readonly Piece[] = [
  protocolPiece({
    tcp: `${PROTOCOL_OPTIONS.tcp} `,
    udp: `${PROTOCOL_OPTIONS.udp} `,
    sctp: `${PROTOCOL_OPTIONS.sctp} `,
  }),
  { kind: 'endpoint', width: 0 },
  between(['id', 'port'], 1, 65535),
]

const FORWARDING: FieldName = ['config', 'forwarding']
const { masquerade, route, local, bypass } = FORWARDING_OPTIONS

/** The rules of a table, numeric. */
export const RULE_PLAN: TablePlan = {
  services: serviceRow(
    [
      '-A ',
      ...ID,
      ' -s ',
      SCHEDULER_PIECE,
      ...persistence(between(['config', 'timeout'], 1, MAX_TIMEOUT), ' -p ', TIMEOUT_PIECE),
      '\n',
    ],
    ['-a ', ...ID, ' -r '],
  ),
  servers: serverRow([
    { kind: 'endpoint', width: 0 },
    ' ',
    // A tunnel has options of its own.
    { kind: 'value', field: FORWARDING, texts: { masquerade, route, local, bypass } },
    { kind: 'same-port', field: FORWARDING, unless: 'masquerade' },
    ' -w ',
    { kind: 'value', field: ['config', 'weight'] },
    between(['config', 'upperThreshold'], 0, 0),
    between(['config', 'lowerThreshold'], 0, 0),
    between(['config', 'tunnelType'], TUNNEL_TYPE.IPIP, TUNNEL_TYPE.IPIP),
    '\n',
  ]),
}
