// Adds colours to a listing. Without the escapes the text is the classic listing, byte for byte. Loaded only for
// colours, because it loads chalk.
import { Chalk } from 'chalk'
import type { Destination } from '../model/destination.ts'
import type { VirtualService } from '../model/virtual-service.ts'
import type { Painter, ServerState } from './painter.ts'
import { serverState } from './painter.ts'

/** Sixteen colours, which every terminal supports; colour-choice.ts decides whether to use them. */
const chalk = new Chalk({ level: 1 })

const STATES: Readonly<Record<ServerState, { readonly bold: (text: string) => string } & typeof chalk>> = {
  draining: chalk.yellow,
  overloaded: chalk.red,
}

export const COLOURS: Painter = {
  title: (text) => chalk.dim(text),
  service: (text) => chalk.bold(text),
  state: (text, state) => (state === undefined ? text : STATES[state](text)),
  endpoint(text, state) {
    const end = endOfAddress(text)
    const [address, colon, port] = [text.slice(0, end), text.slice(end, end + 1), text.slice(end + 1)]
    if (state !== undefined) return `${STATES[state].bold(address)}${STATES[state](colon + port)}`
    return `${chalk.cyan(address)}${colon}${chalk.blue(port)}`
  },
}

/** The index of the colon before the port; the text's length if the colon was cut off. */
function endOfAddress(text: string): number {
  const end = text.startsWith('[') ? text.lastIndexOf(']:') + 1 : text.lastIndexOf(':')
  return end > 0 ? end : text.length
}

/** The width of an IPv4 address with its port in the listing. */
const LONGEST_IPV4 = 28

/**
 * The table's listing with colours.
 * @param texts the listing, in chunks that end with a line
 * @param table the listed table, in the same order
 */
export function* colourTable(
  texts: Iterable<string>,
  table: readonly VirtualService[],
): Generator<string, void, undefined> {
  const rows = rowsOf(table)
  yield* colourLines(texts, (line) => {
    const destination = rows.next().value
    const at = 5
    const state = destination && serverState(destination)
    const blank = line.indexOf(' ', at)
    const short = line[at] === '[' ? line.length : at + LONGEST_IPV4
    const end = Math.min(blank < 0 ? line.length : blank, short)
    const endpoint = COLOURS.endpoint(line.slice(at, end), state)
    return `${line.slice(0, at)}${endpoint}${COLOURS.state(line.slice(end), state)}`
  })
}

/** The real server of each line after the titles; undefined for a service's line. */
function* rowsOf(table: readonly VirtualService[]): Generator<Destination | undefined, undefined, undefined> {
  for (const { destinations } of table) {
    yield undefined
    yield* destinations
  }
  return undefined
}

/** Protocol, time and state; then client, virtual service and real server; then the engine's columns. */
const CONNECTION = /^(\S+ +\S+ +\S+ +)(\S+)( +)(\S+)( +)(\S+)(.*)$/

/** The listing of connections with colours; `texts` are chunks that end with a line. */
export function* colourConnections(texts: Iterable<string>): Generator<string, void, undefined> {
  yield* colourLines(texts, (line) =>
    line.replace(
      CONNECTION,
      (
        _line,
        head: string,
        client: string,
        a: string,
        virtual: string,
        b: string,
        server: string,
        rest: string,
      ) =>
        `${head}${COLOURS.endpoint(client)}${a}${COLOURS.endpoint(virtual)}${b}${COLOURS.endpoint(server)}${rest}`,
    ),
  )
}

function* colourLines(
  texts: Iterable<string>,
  colour: (line: string) => string,
): Generator<string, void, undefined> {
  let titles = 2
  for (const text of texts) {
    const lines = text.split('\n')
    const rest = lines.pop()!
    yield lines.map((line) => `${titles-- > 0 ? COLOURS.title(line) : colour(line)}\n`).join('') + rest
  }
}
