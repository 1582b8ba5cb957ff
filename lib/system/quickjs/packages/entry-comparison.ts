// The build puts this in the place of lib/rules/entry-comparison.ts.
import { matchServers } from 'host'
import { DESTINATION_SETTINGS } from '../../../ipvs/schema.ts'
import { AF, CMD_ATTR } from '../../../ipvs/uapi.ts'
import type { ServerComparison } from '../../../rules/entry-comparison.ts'
import type { WantedTable } from '../../../rules/wanted-table.ts'
import { planField, planOfCodec } from './record-reader.ts'

/** The number of servers that fit a datagram. */
const DATAGRAM = 1024

export function serverComparison(table: WantedTable): ServerComparison | undefined {
  const plan = planOfCodec(DESTINATION_SETTINGS)
  return plan < 0 ? undefined : new HostComparison(table, plan)
}

class HostComparison implements ServerComparison {
  readonly #table: WantedTable
  /** The numbers of native/entry-records.c: the plan, and the fields that are compared. */
  readonly #compared: Int32Array
  readonly #configs = configFields()
  readonly #dump = Int32Array.of(0, 0, CMD_ATTR.DEST, AF.INET)
  /** The numbers of configurations' fields, one configuration after the other. */
  #values = new Int32Array(0)
  #known = 0
  #found = new Int32Array(DATAGRAM)
  #count = 0
  #service = 0

  constructor(table: WantedTable, plan: number) {
    this.#table = table
    const place = (group: 'id' | 'config', name: string) => planField(DESTINATION_SETTINGS, group, name).field
    const fields = this.#configs.map(({ name }) => place('config', name))
    this.#compared = Int32Array.of(
      plan,
      place('id', 'address'),
      place('id', 'port'),
      fields.length,
      ...fields,
    )
  }

  begin(service: number): void {
    this.#service = service
    this.#count = 0
    if (this.#known < this.#table.servers.configurations.length) this.#learn()
  }

  take(datagram: Uint8Array, sequence: number, port: number): boolean {
    this.#dump[0] = sequence
    this.#dump[1] = port
    const { rows, index } = this.#table.servers
    if (this.#found.length < this.#count + DATAGRAM) this.#grow()
    const count = matchServers(
      this.#compared,
      this.#values,
      datagram,
      this.#dump,
      rows,
      index,
      this.#service,
      this.#found,
      this.#count,
    )
    if (count < 0) return false
    this.#count = count
    return true
  }

  get taken(): Int32Array {
    return this.#found.subarray(0, this.#count)
  }

  #learn(): void {
    const { configurations } = this.#table.servers
    const fields = this.#configs
    const values = new Int32Array(configurations.length * fields.length)
    values.set(this.#values)
    for (let at = this.#known; at < configurations.length; at++) {
      const config = configurations.at(at) as unknown as Readonly<Record<string, unknown>>
      fields.forEach(({ name, names }, i) => {
        const value = config[name]
        values[at * fields.length + i] =
          names === undefined ? (value as number) : names.indexOf(value as string)
      })
    }
    this.#values = values
    this.#known = configurations.length
  }

  #grow(): void {
    const found = new Int32Array(2 * this.#found.length)
    found.set(this.#found)
    this.#found = found
  }
}

/** The fields of a server's configuration, and the names that are their numbers. */
function configFields() {
  return Object.keys(DESTINATION_SETTINGS.schema.config).map((name) => {
    const { form } = planField(DESTINATION_SETTINGS, 'config', name)
    return { name, names: typeof form === 'object' && 'names' in form ? form.names : undefined }
  })
}
