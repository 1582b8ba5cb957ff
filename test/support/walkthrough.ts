// Documents that are played: the lines of their blocks are typed on machines, and must print what the document shows.
//
//     ```console                                 ```sh director
//     director# ipvsadm -A -t 192.0.2.80:80      ipvsadm -L -n --stats     # its output is of no matter
//     client$ curl http://192.0.2.80/            ipvsadm -L -n --rate
//     web1                                       ```
//     client$ false
//     [status 1]
//     ```
//
// A line of a `console` block that begins with the name of a machine is typed there; the lines below it are what it
// prints on both streams. Without a last line `[status N]` it must succeed. Other blocks are not played.
//
// The machines are in the table whose first column is `machine`, a row an interface; those with addresses of one
// network are joined by a cable.

export interface Step {
  readonly machine: string
  readonly typed: string
  /** Undefined: any output is accepted. */
  readonly output: string | undefined
  readonly status: number
  /** Of the document, counted from one. */
  readonly line: number
}

export interface Interface {
  readonly machine: string
  readonly name: string
  /** With prefix lengths. */
  readonly addresses: readonly string[]
  /** An Ethernet address, if it matters. */
  readonly hardware: string | undefined
  /** Routers to everywhere else, one an address family at the most. */
  readonly gateways: readonly string[]
  /** The port of a web server that answers with the machine's name. */
  readonly port: number | undefined
}

/** Values that differ between kernels and between runs: each is equal to any other of its kind. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/(?<=\(size=)\d+/g, 'N'], // of the table of connections
  [/(?<=^[A-Z]+ +)\d\d:\d\d /gm, 'MM:SS '], // the time that a connection's entry has left
  [/:(?:3[2-9]|[45]\d|60)\d{3}\b/g, ':PORT'], // a client's port
  [/(?<= after )\d+(?= ms| milliseconds)/g, 'N'], // how long curl has waited
  [/(?<=expires )\d+(?=sec)/g, 'N'], // how long a route's exception is kept
  [/(?<=drained in )\d+(?= s)/g, 'N'], // how long a server took to drain
  [/(?<=IPReversePathFilter +)[1-9]\d*/g, 'N'], // each repetition of a request counts
  [/\b\d+[hms](?: \d+[ms])?(?= |,|$) */gm, 'AGE '], // how long something has lasted
  [/(?<= state +)for +/g, 'for '], // the column of that
  [/(?<=process )\d+/g, 'N'],
  [/ +$/gm, ''], // blanks at the end of a line, which no reader sees
  [/\b(?:REACHABLE|STALE|DELAY|PROBE)\b/g, 'STATE'], // of a neighbour
]

export const masked = (output: string) =>
  VARYING.reduce((text, [pattern, name]) => text.replace(pattern, name), output)

/** The steps of the blocks that are to be played, in their order. */
export function readSteps(markdown: string): Step[] {
  return [...markdown.matchAll(/^```(console|sh (\w+))\n(.*?)^```$/gms)].flatMap((block) => {
    const [, , machine, text] = block
    const line = markdown.slice(0, block.index).split('\n').length + 1
    const lines = text!.split('\n').slice(0, -1)
    return machine === undefined ? transcript(lines, line) : script(machine, lines, line)
  })
}

/** A command a line. */
function script(machine: string, lines: readonly string[], first: number): Step[] {
  return lines.map((typed, i) => ({ machine, typed, output: undefined, status: 0, line: first + i }))
}

function transcript(lines: readonly string[], first: number): Step[] {
  const steps: Step[] = []
  for (const [i, line] of lines.entries()) {
    const [, machine, typed] = /^(\w+)[#$] (.+)$/.exec(line) ?? []
    const [, status] = /^\[status (\d+)\]$/.exec(line) ?? []
    const last = steps.at(-1)
    if (machine !== undefined) {
      steps.push({ machine, typed: typed!, output: '', status: 0, line: first + i })
    } else if (last === undefined) {
      throw new Error(`line ${first + i}: no machine prints this: ${line}`)
    } else if (status !== undefined) {
      steps.splice(-1, 1, { ...last, status: Number(status) })
    } else {
      steps.splice(-1, 1, { ...last, output: `${last.output}${line}\n` })
    }
  }
  return steps
}

/** The rows of the table of machines. An empty first cell is that of the row above. */
export function readMachines(markdown: string): Interface[] {
  const table = /^\| machine +\|.*\n\|[-| ]+\|\n((?:\|.*\|\n)+)/m.exec(markdown)
  if (table === null) throw new Error('there is no table of machines')
  const titles = cells(table[0].split('\n')[0]!)
  const rows: Interface[] = []
  for (const line of table[1]!.trim().split('\n')) {
    const row = new Map(cells(line).map((cell, i) => [titles[i]!, cell]))
    const list = (title: string) => row.get(title)?.split(', ').filter(Boolean) ?? []
    rows.push({
      machine: row.get('machine') || rows.at(-1)!.machine,
      name: row.get('interface')!,
      addresses: list('address'),
      hardware: row.get('hardware address') || undefined,
      gateways: list('gateway'),
      port: Number(row.get('web server port')) || undefined,
    })
  }
  return rows
}

const cells = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
