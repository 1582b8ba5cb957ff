// The lines of the table: a service or a server, cell by cell; only what is different is written.
import { makeSpark } from './sparks.mjs'
import { ago, bytes, count, element, setClass, setText } from './texts.mjs'

/** @typedef {import('../page-rows.ts').PageServiceRow} PageServiceRow */
/** @typedef {import('../page-rows.ts').PageServerRow} PageServerRow */
/** @typedef {PageServiceRow | PageServerRow} AnyRow */
/** @typedef {ReturnType<typeof makeLine>} Line */

const TITLES = [...document.querySelectorAll('#table thead th')].map((th) => th.textContent ?? '')

/** The cells after the name, in the order of the table's head. */
const CELLS = /** @type {const} */ ([
  'state',
  'weight',
  'active',
  'inactive',
  'rate',
  'into',
  'out',
  'total',
  'last',
])

/**
 * @param {'service' | 'server'} kind
 * @param {(Node | string)[]} first
 */
export function makeLine(kind, first) {
  /** @param {(typeof CELLS)[number]} name @param {number} i */
  const makeCell = (name, i) => {
    const number = name !== 'state' && name !== 'last'
    const text = element('span')
    const attributes = { role: 'cell', 'data-title': TITLES[i + 1], ...(number && { class: 'number' }) }
    return { cell: element('td', attributes, text), text }
  }
  const cells = /** @type {Record<(typeof CELLS)[number], ReturnType<typeof makeCell>>} */ (
    Object.fromEntries(CELLS.map((name, i) => [name, makeCell(name, i)]))
  )
  const { svg, path } = makeSpark()
  cells.rate.cell.append(svg)
  const sums = { into: element('small'), out: element('small') }
  cells.into.cell.append(' ', sums.into)
  cells.out.cell.append(' ', sums.out)
  const name = element('th', { role: 'rowheader', scope: 'row' }, ...first)
  const line = element('tr', { role: 'row', class: kind }, name, ...CELLS.map((key) => cells[key].cell))
  return { line, cells, path, sums, meter: /** @type {HTMLMeterElement | undefined} */ (undefined) }
}

/** @param {Line} line @param {AnyRow} row */
function drawNumbers({ cells, sums }, row) {
  setText(cells.weight.text, count(row.weight))
  setText(cells.active.text, count(row.active))
  setText(cells.inactive.text, count(row.inactive))
  setText(cells.rate.text, count(row.connectionRate))
  setText(cells.into.text, bytes(row.inByteRate))
  setText(cells.out.text, bytes(row.outByteRate))
  setText(cells.total.text, count(row.connections))
  drawSum(sums.into, row.inBytes, row.inPackets)
  drawSum(sums.out, row.outBytes, row.outPackets)
}

/**
 * Bytes and packets since the counters were zeroed, exactly when it is pointed at.
 * @param {HTMLElement} node
 * @param {number | string} size
 * @param {number | string} packets
 */
function drawSum(node, size, packets) {
  const title = `${count(size)} bytes in ${count(packets)} packets`
  if (node.title === title) return
  node.title = title
  setText(node, bytes(size))
}

/** @param {Line} line @param {HTMLElement} about @param {PageServiceRow} row */
export function drawServiceLine(line, about, row) {
  const { text: state } = line.cells.state
  const working = row.servers - row.down
  setText(about, [row.scheduler, row.flags].join(' ').trim())
  setText(state, row.servers === 0 ? 'no servers' : `${working} of ${row.servers} in use`)
  setClass(state, working === 0 ? 'bad' : row.down > 0 ? 'warn' : 'good')
  drawNumbers(line, row)
}

/** @type {Readonly<Record<PageServerRow['state'], string>>} */
const STATE_CLASS = {
  up: 'good',
  'in use': 'good',
  down: 'bad',
  full: 'warn',
  drained: 'warn',
  unknown: 'warn',
}

/** @param {Line} line @param {HTMLElement} method @param {PageServerRow} row */
export function drawServerLine(line, method, row) {
  setText(method, row.forwarding)
  setClass(line.cells.state.text, STATE_CLASS[row.state])
  drawNumbers(line, row)
  drawTimes(line, row)
  drawThreshold(line, row)
}

/**
 * Times pass although nothing else has changed.
 * @param {Line} line
 * @param {PageServerRow} row
 */
export function drawTimes({ cells }, { state, since, checked, detail }) {
  setText(cells.state.text, since === null ? state : `${state} for ${ago(since)}`)
  setText(cells.last.text, checked === null ? '' : `${detail} (${ago(checked)} ago) `)
}

/**
 * A bar of the connections against the upper threshold.
 * @param {Line} line
 * @param {PageServerRow} row
 */
function drawThreshold(line, { name, active, inactive, upper }) {
  if (upper === 0) {
    line.meter?.remove()
    line.meter = undefined
    return
  }
  const meter = line.meter ?? element('meter', { min: '0' })
  if (line.meter === undefined) line.cells.active.cell.append(meter)
  line.meter = meter
  const used = active + inactive
  const label = `${name}: ${used} of at most ${upper} connections`
  if (meter.getAttribute('aria-label') === label) return
  meter.setAttribute('aria-label', label)
  meter.title = label
  meter.max = upper
  meter.high = 0.8 * upper
  meter.optimum = 0
  meter.value = used
}
