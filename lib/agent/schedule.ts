// Repeats the checks: spread over their intervals, a bounded number at once, each ended at its timeout. One timer of the
// clock serves all of them.
import type { CheckResult, HealthCheck, Schedule, Scheduled } from './checks/health-check.ts'
import type { Clock } from './clock.ts'
import type { ActivePlan } from './config/config.ts'
import { DueQueue, Line } from './queues.ts'

export interface ScheduleOptions {
  readonly clock: Clock
  readonly check: HealthCheck
  /** Checks that may run at the same time; others wait for their turn. */
  readonly concurrency: number
  /** Takes a result. */
  readonly report: (key: string, result: CheckResult) => void
  /**
   * Takes a result that says nothing about the server: the check could not be made.
   * @param isNew whether the reason is another than that of the server's last trouble
   */
  readonly trouble: (key: string, result: CheckResult, isNew: boolean) => void
  /** A number from 0 to 1, without 1. */
  readonly random: () => number
}

/**
 * A timer that is this much late shows that the process was held up: checks get the time on top of their timeouts, and as
 * much as this to read what has come meanwhile.
 */
const HELD_UP = 100

interface ScheduleEntry {
  scheduled: Scheduled
  /** Grows when a check begins or ends: an event of an earlier turn is void. */
  turn: number
  running: AbortController | undefined
  /** When the running check times out. */
  deadline: number
  /** Milliseconds by which it was put off. */
  forgiven: number
  /** The reason of the last trouble. */
  trouble: string | undefined
  gone: boolean
}

interface Event {
  readonly entry: ScheduleEntry
  readonly turn: number
}

export function createSchedule(options: ScheduleOptions): Schedule {
  return new Repetition(options)
}

class Repetition implements Schedule {
  readonly #options: ScheduleOptions
  #entries = new Map<string, ScheduleEntry>()
  /** The begins of checks, and the timeouts of those that run. */
  readonly #events = new DueQueue<Event>()
  /** Checks that are due and wait because too many run, the oldest first. */
  readonly #waiting = new Line<Event>()
  #running = 0
  /** The moment that the timer is set for. */
  #armed = Number.POSITIVE_INFINITY
  #cancel = () => {}

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  replace(entries: readonly Scheduled[]): void {
    const { clock, random } = this.#options
    const now = clock.now()
    const kept = new Map<string, ScheduleEntry>()
    const added: ScheduleEntry[] = []
    for (const scheduled of entries) {
      const old = this.#entries.get(scheduled.key)
      if (old !== undefined && sameCheck(old.scheduled, scheduled)) {
        kept.set(scheduled.key, old)
        continue
      }
      const entry = {
        scheduled,
        turn: 0,
        running: undefined,
        deadline: 0,
        forgiven: 0,
        trouble: undefined,
        gone: false,
      }
      kept.set(scheduled.key, entry)
      added.push(entry)
    }
    for (const [key, entry] of this.#entries) if (kept.get(key) !== entry) this.#end(entry)
    this.#entries = kept
    for (const [i, entry] of added.entries()) {
      const part = (i + random()) / added.length
      this.#events.add(now + part * entry.scheduled.plan.interval, { entry, turn: entry.turn })
    }
    this.#proceed()
  }

  stop(): void {
    this.replace([])
    this.#cancel()
    this.#armed = Number.POSITIVE_INFINITY
  }

  #end(entry: ScheduleEntry): void {
    entry.gone = true
    entry.turn++
    entry.running?.abort()
  }

  #wake(armedFor: number): void {
    this.#armed = Number.POSITIVE_INFINITY
    this.#cancel = () => {}
    const late = this.#options.clock.now() - armedFor
    if (late > HELD_UP) this.#forgive(late)
    this.#proceed()
  }

  /**
   * Puts off the timeouts of what runs: its answers may have come while the process was held up. Not without end: on a machine
   * that always holds it up no check would time out.
   */
  #forgive(late: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.running === undefined || entry.forgiven >= entry.scheduled.plan.timeout) continue
      entry.deadline += late + HELD_UP
      entry.forgiven += late + HELD_UP
      this.#events.add(entry.deadline, { entry, turn: entry.turn })
    }
  }

  /** Does all that is due, and sets the timer for the rest. */
  #proceed(): void {
    const { clock, concurrency, random } = this.#options
    const now = clock.now()
    while (this.#events.next <= now) {
      const at = this.#events.next
      const event = this.#events.take()
      if (event === undefined || isVoid(event)) continue
      const { entry } = event
      const { interval } = entry.scheduled.plan
      if (entry.running !== undefined) {
        if (entry.deadline <= now) entry.running.abort()
      } else if (now - at > interval) {
        // The process was held up for long: all are due at once, and are spread anew.
        this.#events.add(now + random() * interval, event)
      } else this.#waiting.add(event)
    }
    while (this.#running < concurrency) {
      const event = this.#waiting.take()
      if (event === undefined) break
      if (!isVoid(event)) this.#begin(event.entry, now)
    }
    this.#arm(now)
  }

  #arm(now: number): void {
    const { next } = this.#events
    if (next >= this.#armed) return
    this.#cancel()
    this.#armed = next
    if (next < Number.POSITIVE_INFINITY) {
      this.#cancel = this.#options.clock.timer(Math.max(0, next - now), () => this.#wake(next))
    }
  }

  #begin(entry: ScheduleEntry, now: number): void {
    const { check } = this.#options
    const { target, plan } = entry.scheduled
    const controller = new AbortController()
    entry.running = controller
    entry.deadline = now + plan.timeout
    entry.forgiven = 0
    entry.turn++
    this.#running++
    this.#events.add(entry.deadline, { entry, turn: entry.turn })
    check(target, plan, controller.signal).then(
      (result) => this.#finish(entry, now, result),
      (error: unknown) => this.#finish(entry, now, defect(error)),
    )
  }

  #finish(entry: ScheduleEntry, began: number, result: CheckResult): void {
    const { clock, report, trouble } = this.#options
    const { key, plan } = entry.scheduled
    const now = clock.now()
    entry.running = undefined
    this.#running--
    if (!entry.gone) {
      entry.turn++
      this.#events.add(Math.max(now, began + this.#pause(plan)), { entry, turn: entry.turn })
    }
    this.#proceed()
    if (entry.gone) return
    if (result.inconclusive === true) {
      const isNew = entry.trouble !== result.detail
      entry.trouble = result.detail
      trouble(key, result, isNew)
    } else report(key, result)
  }

  /** The time from the start of a check to that of the next. */
  #pause({ interval, jitter }: ActivePlan): number {
    return interval * (1 + jitter * (2 * this.#options.random() - 1))
  }
}

const isVoid = ({ entry, turn }: Event) => entry.gone || entry.turn !== turn

/** A check that rejects breaks its promise; the server is not to suffer from it. */
function defect(error: unknown): CheckResult {
  return { up: false, detail: `internal error: ${String(error)}`.slice(0, 200), ms: 0, inconclusive: true }
}

/** Whether two entries of one key are checked alike. */
function sameCheck({ target: a, plan }: Scheduled, { target: b, plan: other }: Scheduled): boolean {
  return (
    a.address === b.address && a.port === b.port && (plan === other || planText(plan) === planText(other))
  )
}

const planTexts = new WeakMap<ActivePlan, string>()

/** Equal for plans of equal settings. Many servers share one plan: its text is made once. */
function planText(plan: ActivePlan): string {
  let text = planTexts.get(plan)
  if (text === undefined) {
    text = JSON.stringify(plan, (_, value: unknown) => (value instanceof RegExp ? String(value) : value))
    planTexts.set(plan, text)
  }
  return text
}
