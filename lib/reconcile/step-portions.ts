// The steps of a plan as datagrams, each of one phase. A service that is added with its servers is written from the rows of
// the rule file: its steps become objects only if they are asked for, after a refusal.
import type { ChangeEncoder } from '../ipvs/requests.ts'
import { requestName } from '../ipvs/requests.ts'
import { MESSAGE_HEADER, numberMessage } from '../netlink/message.ts'
import type { Datagram, RequestSource } from '../netlink/request-batch.ts'
import { entryWriter } from '../rules/entry-requests.ts'
import { NONE } from '../rules/entry-rows.ts'
import { ITSELF, PLACE, type RequestPutter } from '../rules/request-putter.ts'
import { isRoom, PROGRESS, putMessage, type SendingRoom, sendingRoom } from '../rules/sending-room.ts'
import { WantedServers } from '../rules/wanted-table.ts'
import type { Phase } from './phases.ts'
import { type PlanStep, phaseOf, StepList, type Steps } from './step-list.ts'

/** The steps of one datagram, as its requests. */
export interface Portion extends RequestSource {
  readonly phase: Phase
  /** The number of steps, once the datagram has been made. */
  readonly length: number
  /** The first step. */
  first(): PlanStep
  steps(): readonly PlanStep[]
}

/** Makes portions one after the other, which share a room. */
export class StepPortions {
  readonly #list: StepList
  readonly #encoder: ChangeEncoder
  readonly #write: RequestPutter
  readonly #room = sendingRoom()
  /** The number of steps that are in a datagram, the part of the list whose steps are next, and how many of it are in one. */
  #made = 0
  #part = 0
  #done = 0
  readonly #place = Int32Array.of(0, NONE)
  /** The rest of a part whose service has no rows. */
  #rest: PlanStep[] = []
  /** Makes steps into objects, in their order, and the number of those that it has made. */
  #steps: Iterator<PlanStep> | undefined
  #index = 0

  constructor(steps: Steps, encoder: ChangeEncoder) {
    this.#list = steps instanceof StepList ? steps : StepList.of([...steps])
    this.#encoder = encoder
    this.#write = entryWriter(encoder)
  }

  /** The next portion; undefined after the last one. */
  next(): Portion | undefined {
    const part = this.#list.parts[this.#part]
    if (part === undefined) return undefined
    const phase = phaseOf(part)
    const start = this.#made
    const { block, places } = this.#room
    let made: Datagram | undefined
    return {
      phase,
      get length() {
        return made?.count ?? 0
      },
      first: () => this.#read(start, 1)[0]!,
      steps: () => this.#read(start, made?.count ?? 0),
      next: (sequence) => {
        if (made !== undefined) return undefined
        made = this.#fill(phase, sequence)
        this.#made += made.count
        return made
      },
      nameOf: (index) =>
        made === undefined || index < 0 || index >= made.count
          ? undefined
          : requestName(block[places[2 * index + 1]! + MESSAGE_HEADER]!),
    }
  }

  /** Steps as objects. Portions are read in their order, so that each step is made once. */
  #read(start: number, count: number): PlanStep[] {
    if (this.#steps === undefined || start < this.#index) {
      this.#steps = this.#list[Symbol.iterator]()
      this.#index = 0
    }
    const steps: PlanStep[] = []
    for (; this.#index < start + count; this.#index++) {
      const { value } = this.#steps.next()
      if (this.#index >= start) steps.push(value as PlanStep)
    }
    return steps
  }

  #fill(phase: Phase, sequence: number): Datagram {
    const room = this.#room
    const { block, progress } = room
    progress[PROGRESS.at] = 0
    progress[PROGRESS.count] = 0
    progress[PROGRESS.sequence] = sequence
    for (;;) {
      const part = this.#list.parts[this.#part]
      if (part === undefined || phaseOf(part) !== phase || !isRoom(room)) break
      const before = progress[PROGRESS.count]!
      const isWhole = typeof part === 'string' ? this.#putService(part, room) : this.#putStep(part, room)
      this.#done += progress[PROGRESS.count]! - before
      if (!isWhole) break
      this.#part++
      this.#done = 0
    }
    const at = progress[PROGRESS.at]!
    block.set(this.#encoder.noop(), at)
    numberMessage(block, at, progress[PROGRESS.sequence]!)
    return { bytes: block.subarray(0, at + MESSAGE_HEADER), first: 0, count: progress[PROGRESS.count]! }
  }

  #putStep({ change }: PlanStep, room: SendingRoom): boolean {
    putMessage(room, this.#encoder.message(change))
    return true
  }

  /** Puts the steps of a new service; whether all of them are in a datagram now. */
  #putService(key: string, room: SendingRoom): boolean {
    const { servers } = this.#list.service(key)
    if (servers instanceof WantedServers) {
      const place = this.#place
      if (this.#done === 0) {
        place[PLACE.service] = servers.service
        place[PLACE.server] = ITSELF
      }
      this.#write(servers.table, place, room)
      return place[PLACE.server] === NONE
    }
    if (this.#done === 0) this.#rest = this.#list.stepsOf(key).reverse()
    while (this.#rest.length > 0 && isRoom(room)) this.#putStep(this.#rest.pop()!, room)
    return this.#rest.length === 0
  }
}
