// The rows of the metrics of an agent whose rules come from etcd.
import type { FigureRow } from '../figure-row.ts'
import type { FleetFigures } from './group-report.ts'

const byGroup = ({ groups }: FleetFigures, value: (group: FleetFigures['groups'][number]) => number) =>
  Object.fromEntries(groups.map((group) => [group.name, value(group)]))

export const FLEET_ROWS: readonly FigureRow<FleetFigures>[] = [
  {
    name: 'ipvs_fleet_connected',
    type: 'gauge',
    help: 'Whether etcd answers the agent; without it the last rules stay.',
    value: ({ connected }) => Number(connected),
  },
  {
    name: 'ipvs_fleet_revision',
    type: 'gauge',
    help: 'Revision of the rules that the director has, by `group`; 0: none yet.',
    label: 'group',
    value: (fleet) => byGroup(fleet, ({ revision }) => revision),
  },
  {
    name: 'ipvs_fleet_behind',
    type: 'gauge',
    help: 'Whether the table is not yet as the revision says that the director is to have, by `group`.',
    label: 'group',
    value: (fleet) => byGroup(fleet, ({ behind }) => Number(behind)),
  },
]
