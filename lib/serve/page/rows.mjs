// The services and servers that the page knows: new, changed and gone rows. Servers are drawn when their service is
// unfolded.
import { askWeight, change, showConnections } from './dialogs.mjs'
import { drawServerLine, drawServiceLine, drawTimes, makeLine } from './lines.mjs'
import { isVisible, newSpark, unwatch, watch } from './sparks.mjs'
import { button, byId, element, nameOf, setText } from './texts.mjs'

/** @typedef {import('../page-rows.ts').PageServiceRow} PageServiceRow */
/** @typedef {import('../page-rows.ts').PageServerRow} PageServerRow */
/** @typedef {import('./lines.mjs').Line} Line */
/**
 * @typedef {object} Service
 * @property {PageServiceRow} row
 * @property {HTMLTableSectionElement} body
 * @property {Line} line
 * @property {HTMLElement} about
 * @property {HTMLButtonElement} fold
 * @property {Map<string, Server>} servers
 * @property {boolean} unfolded
 * @property {import('./sparks.mjs').Spark} spark
 */
/**
 * @typedef {object} Server
 * @property {PageServerRow} row
 * @property {import('./sparks.mjs').Spark} spark
 * @property {Drawn | undefined} drawn while its service is unfolded
 */
/** @typedef {{ line: Line, method: HTMLElement, drain?: HTMLButtonElement }} Drawn */

const table = /** @type {HTMLTableElement} */ (byId('table'))

/** @type {Map<string, Service>} */
export const services = new Map()
/** @type {Map<string, Server>} */
export const servers = new Map()

/** The page's rights, and its data. */
export const options = { admin: false, onlyDown: false }

/** @param {PageServerRow} row */
const isDown = ({ state }) => state === 'down' || state === 'drained'

/** @param {PageServiceRow} row @returns {Service} */
function addService(row) {
  const fold = button(nameOf(row), { class: 'fold', 'aria-expanded': 'false' }, () =>
    unfold(entry, !entry.unfolded),
  )
  const about = element('small')
  const line = makeLine('service', [fold, ' ', about])
  const label = `Connections of ${nameOf(row)}`
  line.cells.last.cell.append(
    button('Connections', { 'aria-label': label }, () => showConnections(entry.row)),
  )
  const body = element('tbody', { role: 'rowgroup' }, line.line)
  /** @type {Service} */
  const entry = { row, body, line, about, fold, servers: new Map(), unfolded: false, spark: newSpark() }
  services.set(row.key, entry)
  table.append(body)
  watch(entry.spark, line.line, line.path)
  return entry
}

/** @param {Service} entry @param {boolean} open */
export function unfold(entry, open) {
  if (entry.unfolded === open) return
  entry.unfolded = open
  entry.fold.setAttribute('aria-expanded', String(open))
  for (const server of entry.servers.values()) {
    if (open) showServer(entry, server)
    else hideServer(server)
  }
}

/** @param {Service} service @param {Server} server */
function showServer(service, server) {
  const method = element('small')
  const line = makeLine('server', [server.row.name, ' ', method])
  /** @type {Drawn} */
  const drawn = { line, method }
  server.drawn = drawn
  service.body.append(line.line)
  if (options.admin) addActions(service, server, drawn)
  watch(server.spark, line.line, line.path)
  drawServer(server)
}

/** @param {Server} server */
function hideServer(server) {
  unwatch(server.spark)
  server.drawn?.line.line.remove()
  server.drawn = undefined
}

/** @param {Server} server */
function drawServer({ row, drawn }) {
  if (drawn === undefined) return
  drawServerLine(drawn.line, drawn.method, row)
  if (drawn.drain !== undefined) setText(drawn.drain, row.weight === 0 ? 'Undrain' : 'Drain')
  const hidden = options.onlyDown && !isDown(row)
  if (drawn.line.line.hidden !== hidden) drawn.line.line.hidden = hidden
}

export function drawServers() {
  for (const server of servers.values()) drawServer(server)
}

/** The times of those that can be seen. */
export function drawVisibleTimes() {
  for (const { row, drawn, spark } of servers.values()) {
    if (drawn !== undefined && row.since !== null && isVisible(spark)) drawTimes(drawn.line, row)
  }
}

/** @param {Service} service @param {Server} server @param {Drawn} drawn */
function addActions(service, server, drawn) {
  const name = `${server.row.name} of ${nameOf(service.row)}`
  const about = { 'aria-description': name }
  drawn.drain = button('Drain', about, () =>
    change(server.row, { action: server.row.weight === 0 ? 'undrain' : 'drain' }),
  )
  const weight = button('Weight…', about, () => askWeight(server.row, name))
  drawn.line.cells.last.cell.append(drawn.drain, ' ', weight)
}

/**
 * Takes a whole row, or the changed fields of one that is known.
 * @param {PageServiceRow} row
 */
export function updateService(row) {
  const entry = services.get(row.key) ?? addService(row)
  Object.assign(entry.row, row)
  drawServiceLine(entry.line, entry.about, entry.row)
}

/** @param {PageServerRow} row */
export function updateServer(row) {
  const known = servers.get(row.key)
  if (known !== undefined) {
    Object.assign(known.row, row)
    drawServer(known)
    return
  }
  const service = services.get(row.of)
  if (service === undefined) return
  const entry = { row, spark: newSpark(), drawn: undefined }
  servers.set(row.key, entry)
  service.servers.set(row.key, entry)
  if (service.unfolded) showServer(service, entry)
}

/** Puts the services in this order. @param {readonly string[]} keys */
export function reorder(keys) {
  for (const key of keys) {
    const entry = services.get(key)
    if (entry === undefined) continue
    services.delete(key)
    services.set(key, entry)
  }
}

/** @param {string} key */
export function removeServer(key) {
  const entry = servers.get(key)
  if (entry === undefined) return
  hideServer(entry)
  services.get(entry.row.of)?.servers.delete(key)
  servers.delete(key)
}

/** @param {string} key */
export function removeService(key) {
  const entry = services.get(key)
  if (entry === undefined) return
  for (const server of [...entry.servers.keys()]) removeServer(server)
  unwatch(entry.spark)
  entry.body.remove()
  services.delete(key)
}

/** Hides services but those that match, and puts them in order. @param {string} text @param {string} field */
export function arrange(text, field) {
  let shown = 0
  for (const entry of services.values()) {
    const { row, body } = entry
    const hidden =
      (options.onlyDown && row.down === 0 && row.servers > 0) || !(text === '' || matches(entry, text))
    if (body.hidden !== hidden) body.hidden = hidden
    if (!hidden) shown++
  }
  order(field)
  return shown
}

/** @param {Service} service @param {string} text */
function matches({ row, servers: own }, text) {
  if (`${nameOf(row)} ${row.scheduler} ${row.flags}`.toLowerCase().includes(text)) return true
  for (const { row: server } of own.values()) {
    if (`${server.name} ${server.state} ${server.detail ?? ''}`.toLowerCase().includes(text)) return true
  }
  return false
}

/** @param {string} field of a service; empty: the order of the table */
function order(field) {
  const wanted = [...services.values()]
  if (field === 'service') {
    wanted.sort((a, b) => a.row.service.localeCompare(b.row.service, 'en', { numeric: true }))
  } else if (field !== '') {
    /** @param {Service} entry */
    const value = ({ row }) => Number(row[/** @type {keyof PageServiceRow} */ (field)])
    wanted.sort((a, b) => value(b) - value(a))
  }
  let at = table.tHead?.nextElementSibling ?? null
  for (const { body } of wanted) {
    if (body === at) at = at.nextElementSibling
    else table.insertBefore(body, at)
  }
}
