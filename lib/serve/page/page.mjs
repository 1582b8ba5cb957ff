// The page: takes the rows of the event stream (lib/serve/page-rows.ts has their fields), and has drawn what has changed.
import { drawFleet } from './fleet.mjs'
import {
  arrange,
  drawServers,
  drawVisibleTimes,
  options,
  removeServer,
  removeService,
  reorder,
  servers,
  services,
  unfold,
  updateServer,
  updateService,
} from './rows.mjs'
import { advance, drawVisible, setHistory, setRate } from './sparks.mjs'
import { byId, count, inputById, setText } from './texts.mjs'

/** @typedef {import('../page-rows.ts').PageServiceRow} PageServiceRow */
/** @typedef {import('../page-rows.ts').PageServerRow} PageServerRow */
/** @typedef {{ at: number, totals: import('../page-rows.ts').PageTotals, services: PageServiceRow[], servers: PageServerRow[] }} Reading */
/** @typedef {Reading & { 'gone-services': string[], 'gone-servers': string[], order?: string[] }} Change */
/** @typedef {{ version: string, connectionTableSize: number, checked: boolean, admin: boolean }} Head */
/** @typedef {{ readings: number, rates: Readonly<Record<string, readonly number[]>> }} History */
/** @typedef {import('../page-fleet.ts').PageFleet} PageFleet */
/** @typedef {Reading & { head: Head, history: History, fleet: PageFleet }} Table */

/** Servers up to which services are unfolded by themselves. */
const FEW = 50
/** Milliseconds without an event after which the page says so. */
const SILENCE = 5000

let lastEvent = 0

/** All rows: those that are not among them are gone. @param {Table} data */
function takeTable(data) {
  const first = services.size === 0
  const { version, connectionTableSize, admin } = data.head
  options.admin = admin
  setText(byId('host'), `${location.hostname} · ip_vs ${version} · ${count(connectionTableSize)} buckets`)
  byId('token-label').hidden = !admin
  const known = {
    services: new Set(data.services.map(({ key }) => key)),
    servers: new Set(data.servers.map(({ key }) => key)),
  }
  for (const key of [...servers.keys()]) if (!known.servers.has(key)) removeServer(key)
  for (const key of [...services.keys()]) if (!known.services.has(key)) removeService(key)
  take(data, data.history)
  reorder(data.services.map(({ key }) => key))
  show()
  drawFleet(data.fleet)
  if (first && data.servers.length <= FEW) for (const entry of services.values()) unfold(entry, true)
}

/** @param {Change} data */
function takeChange(data) {
  for (const key of data['gone-servers']) removeServer(key)
  for (const key of data['gone-services']) removeService(key)
  take(data, undefined)
  if (data.order !== undefined) {
    reorder(data.order)
    show()
  }
}

/** @param {Reading} reading @param {History | undefined} history */
function take({ at, totals, services: changedServices, servers: changedServers }, history) {
  advance()
  for (const row of changedServices) updateService(row)
  for (const row of changedServers) updateServer(row)
  for (const list of [services, servers]) {
    for (const { row, spark } of list.values()) {
      // A server that has just begun knows less than the page.
      if (history !== undefined && history.readings > 1) setHistory(spark, history.rates[row.key] ?? [])
      else setRate(spark, row.connectionRate)
    }
  }
  drawVisible()
  drawVisibleTimes()
  for (const name of /** @type {(keyof typeof totals)[]} */ (Object.keys(totals))) {
    const value = totals[name]
    setText(byId(`total-${name}`), value === null ? '–' : count(value))
  }
  setText(byId('clock'), `updated ${new Date(at).toLocaleTimeString()}`)
  show()
  live()
}

/** Hides what is not searched for, and puts the services in order. */
function show() {
  const shown = arrange(inputById('search').value.trim().toLowerCase(), inputById('sort').value)
  const all = shown === services.size
  setText(
    byId('count'),
    services.size === 0 ? 'There are no services.' : all ? '' : `${shown} of ${services.size} services`,
  )
}

/** Shows or hides what is up; unfolds what is down, unless it is much. */
function showDown() {
  options.onlyDown = inputById('only-down').checked
  const down = [...services.values()].filter(({ row }) => row.down > 0)
  const few = down.reduce((sum, { row }) => sum + row.servers, 0) <= FEW
  if (options.onlyDown && few) for (const entry of down) unfold(entry, true)
  drawServers()
  show()
}

function live() {
  lastEvent = performance.now()
  document.body.classList.remove('lost')
  setText(byId('status'), 'live')
}

/** @param {string} text */
function lost(text) {
  document.body.classList.add('lost')
  setText(byId('status'), text)
}

function connect() {
  const stream = new EventSource('events')
  stream.addEventListener('table', ({ data }) => takeTable(JSON.parse(data)))
  stream.addEventListener('change', ({ data }) => takeChange(JSON.parse(data)))
  stream.addEventListener('fleet', ({ data }) => drawFleet(JSON.parse(data)))
  stream.addEventListener('trouble', ({ data }) => {
    lastEvent = performance.now()
    lost(`the table cannot be read: ${JSON.parse(data).message}`)
  })
  stream.addEventListener('error', () => {
    lost('connection lost, connecting again…')
    // The browser tries again itself, unless it was refused.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 3000)
  })
}

setInterval(() => {
  const silent = performance.now() - lastEvent
  if (services.size > 0 && silent > SILENCE && !document.body.classList.contains('lost')) {
    lost(`no news for ${Math.round(silent / 1000)} s`)
  }
}, 1000)
for (const id of ['search', 'sort']) byId(id).addEventListener('input', show)
byId('only-down').addEventListener('input', showDown)
byId('tools').addEventListener('submit', (event) => event.preventDefault())
connect()
