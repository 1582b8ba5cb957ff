// The live view on a terminal: updates the state by keys, sizes, signals and samples, and draws it.
import type { Interruption, System, TerminalSession } from '../system/system.ts'
import { type Drawn, ENTER, LEAVE, redraw } from './drawing.ts'
import { type KeyState, type KeysRead, NO_KEYS, readKeys, settleKeys } from './keys.ts'
import { INITIAL, pressed, sampled, type TopState } from './state.ts'
import type { Attention, Sample } from './tracks.ts'
import { FRAME, screen, shownServices } from './view.ts'

export interface SampleSource {
  /** Reads the services, the servers of some of them, and the connections of the service with the given key. */
  sample(attention: Attention, connectionsOf: string | undefined): Promise<Sample>
}

/** Milliseconds after which a lone escape is the key, not the beginning of a sequence. */
const ESCAPE_ALONE = 50

/**
 * The reason for the view's end: the signal; `quit`, also at the end of the terminal's input; `no-terminal` if it did
 * not begin, because stdin or stdout is not a terminal.
 */
type ViewEnd = Interruption | 'quit' | 'no-terminal'

/**
 * Shows the view until the user quits or a signal asks the process to end. Rejects with errors of reading or drawing.
 * Restores the terminal in any case.
 * @param interval milliseconds between two samples
 */
export async function show(source: SampleSource, interval: number, system: System): Promise<ViewEnd> {
  const view = new LiveView(source, interval, system)
  try {
    return await view.ended
  } finally {
    view.close()
  }
}

class LiveView {
  readonly ended: Promise<ViewEnd>
  readonly #source: SampleSource
  readonly #interval: number
  readonly #system: System
  readonly #terminal: TerminalSession | undefined
  readonly #forgetSignals: () => void
  #state: TopState = INITIAL
  #keys: KeyState = NO_KEYS
  #drawn: Drawn | undefined
  #escapeTimer: ReturnType<typeof setTimeout> | undefined
  #sampleTimer: ReturnType<typeof setTimeout> | undefined
  /** Ends the current pause between two samples. */
  #wake = () => {}
  #closed = false
  #end: (end: ViewEnd) => void = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(source: SampleSource, interval: number, system: System) {
    this.#source = source
    this.#interval = interval
    this.#system = system
    this.ended = new Promise<ViewEnd>((resolve, reject) => {
      this.#end = resolve
      this.#fail = reject
    })
    this.#forgetSignals = system.onInterrupt?.((signal) => this.#end(signal)) ?? (() => {})
    this.#terminal = system.openTerminal?.({
      input: (bytes) => this.#guard(() => this.#input(readKeys(this.#keys, bytes))),
      resized: () => this.#guard(() => this.#draw()),
      ended: () => this.#end('quit'),
    })
    if (this.#terminal === undefined) {
      this.#end('no-terminal')
      return
    }
    this.#guard(() => {
      system.writeOutput(ENTER)
      this.#draw()
    })
    this.#readSamples().catch((error) => this.#fail(error))
  }

  /** Restores the terminal. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#escapeTimer)
    clearTimeout(this.#sampleTimer)
    this.#wake()
    this.#forgetSignals()
    if (this.#terminal === undefined) return
    try {
      this.#system.writeOutput(LEAVE)
    } catch {
      // A closed terminal has no state to restore.
    }
    this.#terminal.close()
  }

  /** Ends the view with the error of an event's handler. */
  #guard(handle: () => void): void {
    if (this.#closed) return
    try {
      handle()
    } catch (error) {
      this.#fail(error)
    }
  }

  #input({ keys, state }: KeysRead): void {
    clearTimeout(this.#escapeTimer)
    this.#keys = state
    const { connectionsOf, unfolded } = this.#state
    const page = this.#size().rows - FRAME
    for (const key of keys) this.#state = pressed(this.#state, key, page)
    if (this.#state.quit) this.#end('quit')
    if (state.rest.length > 0) {
      const settle = () => this.#guard(() => this.#input(settleKeys(this.#keys)))
      this.#escapeTimer = setTimeout(settle, ESCAPE_ALONE)
    }
    if (keys.length > 0) this.#draw()
    if (this.#state.connectionsOf !== connectionsOf || this.#state.unfolded !== unfolded) this.#wake()
  }

  async #readSamples(): Promise<void> {
    while (!this.#closed) {
      const { connectionsOf, unfolded } = this.#state
      const shown = shownServices(this.#state, this.#size())
      const sample = await this.#source.sample({ shown, unfolded }, connectionsOf)
      if (this.#closed) return
      // The view has changed to another service's connections, which are read at once.
      if (this.#state.connectionsOf !== connectionsOf) continue
      this.#state = sampled(this.#state, sample)
      this.#draw()
      await new Promise<void>((resolve) => {
        this.#sampleTimer = setTimeout(resolve, this.#interval)
        this.#wake = () => {
          clearTimeout(this.#sampleTimer)
          resolve()
        }
      })
    }
  }

  #draw(): void {
    const size = this.#size()
    const { drawn, text } = redraw(this.#drawn, screen(this.#state, size), size)
    if (text !== '') this.#system.writeOutput(text)
    this.#drawn = drawn
  }

  #size() {
    return this.#system.outputTerminal?.() ?? { columns: 80, rows: 24 }
  }
}
