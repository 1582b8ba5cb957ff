// Plans of records and of rows whose parts call the host again while they are read. They run alone: plans are kept.
import * as host from 'host'
import type { CheckTools } from './check-tools.ts'

const EINVAL = -22
/** Of native/records.h. */
const FORM = { unsigned: 1, name: 6, nested: 10 } as const

export function planChecks({ equal }: Pick<CheckTools, 'equal'>) {
  const attempt = (work: () => unknown) => {
    try {
      return work()
    } catch (error) {
      return `${error}`
    }
  }
  const field = { name: 'x', group: 0, required: true }
  return {
    'a nest in a nest is left to the program'() {
      const plan: number = host.recordPlan(
        ['group'],
        [field],
        [{ attribute: 1, field: 0, form: FORM.nested, length: 0, argument: () => plan }],
        0,
      )
      const LENGTH = 65_532
      const bytes = new Uint8Array(LENGTH)
      const view = new DataView(bytes.buffer)
      for (let at = 0; at < LENGTH; at += 4) view.setUint32(at, (1 << 16) | (LENGTH - at), true)
      equal(`${host.readRecord(plan, bytes, 0, LENGTH, 2, true)}`, 'undefined')
    },
    'writeRecord throws what the names of a plan throw'() {
      const names = {
        get length(): number {
          throw new Error('length')
        },
      }
      const row = { attribute: 1, field: 0, form: FORM.name, length: 1, argument: names }
      const plan = host.recordPlan(['group'], [field], [row], 0)
      equal(
        attempt(() => host.writeRecord(plan, { x: 'a' }, new Uint8Array(64), 0)),
        'Error: length',
      )
      equal(
        attempt(() => host.sameRecord(plan, { x: 1 }, { x: 1 })),
        true,
      )
    },
    'plans of rows that are made while another is made are apart from it'() {
      const record = host.recordPlan(['group'], [field, field], [], 0)
      const inner: number[] = []
      const piece = {
        form: 0,
        get text() {
          inner.push(host.rowPlan(record, [], 0, 1, -1, -1))
          return 'text'
        },
      }
      const outer = [1, 2].map(() => host.rowPlan(record, new Array(40).fill(piece), 0, 1, -1, -1))
      const made = inner.filter((number) => number !== EINVAL)
      equal([made, outer], [made.map((_, i) => i), [EINVAL, EINVAL]])
    },
    'and plans of records'() {
      const inner: number[] = []
      const row = {
        field: 0,
        form: FORM.unsigned,
        length: 4,
        get attribute() {
          inner.push(host.recordPlan([], [], [], 0))
          return 1
        },
      }
      const outer = [1, 2].map(() => host.recordPlan(['group'], [field], new Array(40).fill(row), 0))
      const made = inner.filter((number) => number !== EINVAL)
      equal([made, outer], [made.map((_, i) => made[0]! + i), [EINVAL, EINVAL]])
    },
  }
}
