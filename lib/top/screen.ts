// The live view on a terminal: Ink reads the keys, follows the size and holds the state. The lines are written here, and
// only those that have changed: Ink would take every cell of the screen apart at every refresh, which costs twice as
// much as all the rest. Loaded only by `top`.
import { Chalk } from 'chalk'
import { render, useInput, useStdout } from 'ink'
import { createElement, useEffect, useRef, useState } from 'react'
import { INITIAL, type Key, pressed, sampled, type TopState } from './state.ts'
import type { Sample } from './tracks.ts'
import { type ScreenLine, type ScreenSize, type Style, screen, shownServices } from './view.ts'

export interface Source {
  /** Reads the services, the servers of those that are shown, and the connections of one that is asked for, by its key. */
  sample(shown: ReadonlySet<string>, connectionsOf: string | undefined): Promise<Sample>
}

/** Switches to a screen of its own without a cursor, and back to what was there before. */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
/** Puts the cursor at the start of a row. */
const at = (row: number) => `\u001b[${row + 1};1H`
const ERASE_REST = '\u001b[K'

const chalk = new Chalk({ level: 1 })
const STYLES: Readonly<Record<Style, (text: string) => string>> = {
  plain: (text) => text,
  title: (text) => chalk.inverse(text),
  selected: (text) => chalk.bold.cyan(text),
  draining: (text) => chalk.yellow(text),
  overloaded: (text) => chalk.red(text),
  graph: (text) => chalk.green(text),
}

/** Shows the view until it is quit or the process is asked to end. Rejects with what reading fails with. */
export async function show(source: Source, interval: number): Promise<void> {
  const stdout = sized(process.stdout)
  stdout.write(ENTER)
  // Whatever ends the process, the terminal is as it was found.
  const leave = () => stdout.write(LEAVE)
  process.once('exit', leave)
  try {
    let failure: unknown
    const app = render(
      createElement(View, {
        source,
        interval,
        onEnd: (error?: unknown) => {
          failure = error
          app.unmount()
        },
      }),
      { stdout, exitOnCtrlC: true, patchConsole: false },
    )
    const end = () => app.unmount()
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, end)
    await app.waitUntilExit()
    if (failure !== undefined) throw failure
  } finally {
    process.off('exit', leave)
    leave()
  }
}

/** A terminal that says no size has a usual one. Ink would run other programs to find out. */
function sized(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const usual: Readonly<Record<string | symbol, number>> = { columns: 80, rows: 24 }
  return new Proxy(stdout, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value || (usual[name] ?? value)
    },
  })
}

interface ViewProps {
  readonly source: Source
  readonly interval: number
  readonly onEnd: (error?: unknown) => void
}

function View({ source, interval, onEnd }: ViewProps) {
  const [state, setState] = useState<TopState>(INITIAL)
  const size = useSize()
  useInput((input, key) => {
    setState((before) => {
      const after = pressed(before, keyOf(input, key), size.rows - 3)
      if (after.quit) onEnd()
      return after
    })
  })
  const latest = useLatest({ shown: shownServices(state, size), connectionsOf: state.connectionsOf })
  useEffect(() => {
    let ended = false
    let timer: NodeJS.Timeout | undefined
    const refresh = async () => {
      try {
        const sample = await source.sample(latest.current.shown, latest.current.connectionsOf)
        if (ended) return
        setState((before) => sampled(before, sample))
        timer = setTimeout(refresh, interval)
      } catch (error) {
        onEnd(error)
      }
    }
    refresh()
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [source, interval, onEnd, latest, state.connectionsOf])
  useDrawing(screen(state, size).map(paint), size)
  return null
}

/** Writes the lines that are not on the screen yet. */
function useDrawing(lines: readonly string[], size: ScreenSize): void {
  const { stdout } = useStdout()
  const drawn = useRef<{ lines: readonly string[]; size: ScreenSize }>({ lines: [], size })
  useEffect(() => {
    const before = drawn.current.size === size ? drawn.current.lines : []
    const changes = lines.flatMap((line, row) =>
      line === before[row] ? [] : [`${at(row)}${line}${ERASE_REST}`],
    )
    if (changes.length > 0) stdout.write(changes.join(''))
    drawn.current = { lines, size }
  })
}

/** A box whose content is always the newest value, for what runs later. */
function useLatest<T>(value: T): { current: T } {
  const [box] = useState({ current: value })
  box.current = value
  return box
}

function useSize(): ScreenSize {
  const { stdout } = useStdout()
  const [size, setSize] = useState<ScreenSize>({ columns: stdout.columns, rows: stdout.rows })
  useEffect(() => {
    const resized = () => setSize({ columns: stdout.columns, rows: stdout.rows })
    stdout.on('resize', resized)
    return () => {
      stdout.off('resize', resized)
    }
  }, [stdout])
  return size
}

function paint(line: ScreenLine): string {
  return line.map(({ text, style }) => STYLES[style](text)).join('')
}

function keyOf(
  input: string,
  key: {
    upArrow: boolean
    downArrow: boolean
    pageUp: boolean
    pageDown: boolean
    return: boolean
    escape: boolean
    backspace: boolean
    delete: boolean
  },
): Key {
  if (key.upArrow) return { text: '', name: 'up' }
  if (key.downArrow) return { text: '', name: 'down' }
  if (key.pageUp) return { text: '', name: 'pageUp' }
  if (key.pageDown) return { text: '', name: 'pageDown' }
  if (key.return) return { text: '', name: 'return' }
  if (key.escape) return { text: '', name: 'escape' }
  // Terminals send DEL for the key that is labelled backspace.
  if (key.backspace || key.delete) return { text: '', name: 'backspace' }
  return { text: input }
}
