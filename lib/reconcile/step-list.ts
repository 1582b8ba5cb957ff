// The steps of a plan, compactly: a new service and its servers are one part, the key of the service. Its steps become objects
// when they are asked for, each time anew.
import type { Change } from '../model/change.ts'
import type { Ruleset, WantedService } from '../model/ruleset.ts'
import { serviceKeyOf } from './change-keys.ts'
import type { Phase } from './phases.ts'

export interface PlanStep {
  readonly change: Change
  /** The line with the entry; 0 if the file does not have it. */
  readonly line: number
  readonly phase: Phase
}

/** Steps in their order. An array of steps is one, too. */
export interface Steps extends Iterable<PlanStep> {
  readonly length: number
}

/** The phase of new services. */
const NEW = 'additions' satisfies Phase

/** A step, or the key of a service that is added with all its servers. */
type Part = PlanStep | string

const NO_RULES: Ruleset = { services: new Map(), timeouts: undefined, daemons: new Map(), zeros: [] }

export const phaseOf = (part: Part): Phase => (typeof part === 'string' ? NEW : part.phase)

export class StepList implements Steps {
  readonly #wanted: Ruleset
  readonly parts: readonly Part[]
  #length: number | undefined

  /** A list of steps that are objects. */
  static of(steps: readonly PlanStep[]): StepList {
    return new StepList(NO_RULES, steps)
  }

  constructor(wanted: Ruleset, parts: readonly Part[]) {
    this.#wanted = wanted
    this.parts = parts
  }

  /** Counted when it is asked for: that takes a look at every new service. */
  get length(): number {
    if (this.#length !== undefined) return this.#length
    let length = this.parts.length
    for (const part of this.parts) if (typeof part === 'string') length += this.service(part).servers.size
    this.#length = length
    return length
  }

  get isEmpty(): boolean {
    return this.parts.length === 0
  }

  *[Symbol.iterator](): Generator<PlanStep, void, undefined> {
    for (const part of this.parts) {
      if (typeof part !== 'string') {
        yield part
        continue
      }
      // Here and not in a generator of its own: one within another takes as long as making the step.
      const { id: service, config, line, servers } = this.service(part)
      yield { change: { kind: 'add-service', service, config }, line, phase: NEW }
      for (const { id: server, config, line } of servers.values()) {
        yield { change: { kind: 'add-server', service, server, config }, line, phase: NEW }
      }
    }
  }

  /** The keys of the services that the steps affect, in their order, and undefined for other steps. */
  *services(): Generator<string | undefined, void, undefined> {
    for (const part of this.parts) yield typeof part === 'string' ? part : serviceKeyOf(part.change)
  }

  /** The steps of these phases. */
  inPhases(includes: (phase: Phase) => boolean): StepList {
    return new StepList(
      this.#wanted,
      this.parts.filter((part) => includes(phaseOf(part))),
    )
  }

  hasPhase(includes: (phase: Phase) => boolean): boolean {
    return this.parts.some((part) => includes(phaseOf(part)))
  }

  /** The steps of one part. */
  stepsOf(part: Part): PlanStep[] {
    return [...new StepList(this.#wanted, [part])]
  }

  /** The rule of a service that is added. */
  service(key: string): WantedService {
    return this.#wanted.services.get(key)!
  }
}

/** Several lists in a row: the only one that has steps, if possible. */
export function joined(lists: readonly Steps[]): Steps {
  const filled = lists.filter((list) => !(list instanceof StepList ? list.isEmpty : list.length === 0))
  return filled.length === 1 ? filled[0]! : filled.flatMap((list) => [...list])
}
