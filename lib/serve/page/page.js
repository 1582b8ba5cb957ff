// The page: takes the rows of the event stream (lib/serve/page-view.ts has their fields), and draws what has changed. Texts go
// into text nodes only. Servers are drawn when their service is unfolded, sparklines when they can be seen.

/** Readings in a sparkline: a minute. */
const HISTORY = 60
/** Servers up to which all services are unfolded at the beginning. */
const FEW = 50
/** Milliseconds without an event after which the page says so. */
const SILENCE = 5000

const SVG = 'http://www.w3.org/2000/svg'
const TITLES = [...document.querySelectorAll('#table thead th')].map((th) => th.textContent)
const COUNT = new Intl.NumberFormat('en')

const byId = (id) => document.getElementById(id)
const table = byId('table')

/** By key: `{ row, cells, history }`, of services also `{ body, servers, unfolded }`. */
const services = new Map()
const servers = new Map()
let head = {}
let tick = 0
let lastEvent = 0

function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class') made.className = value
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value)
  }
  made.append(...children)
  return made
}

/** Sets a text unless it is there already. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

function setClass(node, name) {
  if (node.className !== name) node.className = name
}

const count = (value) => (typeof value === 'string' ? COUNT.format(BigInt(value)) : COUNT.format(value))

function bytes(value) {
  let rest = Number(value)
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (rest < 1000) return `${unit === 'B' || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${unit}`
    rest /= 1000
  }
  return `${rest.toFixed(1)} TB`
}

function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - time) / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`
}

const protocolName = (protocol) => protocol.replace('fwmark', 'mark').toUpperCase()
const nameOf = ({ protocol, service }) => `${protocolName(protocol)} ${service}`

/** A row of the table with a text node for each cell that changes. */
function makeRow(kind, first) {
  const cells = TITLES.slice(1).map((title, i) =>
    element('td', { role: 'cell', 'data-title': title, ...(i >= 1 && i <= 7 && { class: 'number' }) }),
  )
  const texts = cells.map((cell) => {
    const text = element('span')
    cell.append(text)
    return text
  })
  const path = document.createElementNS(SVG, 'path')
  const spark = document.createElementNS(SVG, 'svg')
  for (const [key, value] of Object.entries({
    class: 'spark flat',
    viewBox: '0 0 59 16',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  })) {
    spark.setAttribute(key, value)
  }
  spark.append(path)
  cells[4].append(spark)
  const line = element(
    'tr',
    { role: 'row', class: kind },
    element('th', { role: 'rowheader', scope: 'row' }, ...first),
    ...cells,
  )
  return { line, cells, texts, path, shape: '', seen: false }
}

/** Rows whose sparkline can be seen. */
const visible = new Set()
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      visible.add(target.entry)
      drawSpark(target.entry)
    } else visible.delete(target.entry)
  }
})

function watch(entry) {
  entry.cells.line.entry = entry
  observer.observe(entry.cells.line)
}

function unwatch(entry) {
  if (entry.cells === undefined) return
  observer.unobserve(entry.cells.line)
  visible.delete(entry)
}

function drawSpark({ cells, history }) {
  if (cells === undefined) return
  const most = Math.max(...history)
  let shape = ''
  if (most > 0) {
    for (let i = 0; i < HISTORY; i++) {
      const value = history[(tick + 1 + i) % HISTORY]
      shape += `${i === 0 ? 'M' : 'L'}${i} ${(15 - (14 * value) / most).toFixed(1)}`
    }
  }
  if (shape === cells.shape) return
  cells.shape = shape
  cells.path.setAttribute('d', shape)
  cells.path.parentNode.setAttribute('class', shape === '' ? 'spark flat' : 'spark')
}

function addService(row) {
  const fold = element('button', { type: 'button', class: 'fold', 'aria-expanded': 'false' }, nameOf(row))
  const about = element('small')
  const cells = makeRow('service', [fold, ' ', about])
  const list = element(
    'button',
    { type: 'button', 'aria-label': `Connections of ${nameOf(row)}` },
    'Connections',
  )
  cells.cells[8].append(list)
  const body = element('tbody', { role: 'rowgroup' }, cells.line)
  const entry = {
    row,
    body,
    cells,
    about,
    fold,
    servers: new Map(),
    unfolded: false,
    history: new Float32Array(HISTORY),
  }
  fold.addEventListener('click', () => unfold(entry, !entry.unfolded))
  list.addEventListener('click', () => showConnections(entry))
  services.set(row.key, entry)
  table.append(body)
  watch(entry)
  return entry
}

function drawService({ row, cells, about }) {
  const [state, weight, active, inactive, rate, into, out, total] = cells.texts
  const working = row.servers - row.down
  setText(about, [row.scheduler, row.flags].join(' ').trim())
  setText(state, row.servers === 0 ? 'no servers' : `${working} of ${row.servers} in use`)
  setClass(state, working === 0 ? 'bad' : row.down > 0 ? 'warn' : 'good')
  setText(weight, count(row.weight))
  setText(active, count(row.active))
  setText(inactive, count(row.inactive))
  setText(rate, count(row.connectionRate))
  setText(into, bytes(row.inByteRate))
  setText(out, bytes(row.outByteRate))
  setText(total, count(row.connections))
}

function unfold(entry, open) {
  entry.unfolded = open
  entry.fold.setAttribute('aria-expanded', String(open))
  if (!open) {
    for (const server of entry.servers.values()) {
      unwatch(server)
      server.cells?.line.remove()
      server.cells = undefined
    }
    return
  }
  for (const server of entry.servers.values()) showServer(entry, server)
}

function showServer(service, server) {
  const method = element('small')
  const cells = makeRow('server', [server.row.name, ' ', method])
  server.cells = cells
  server.method = method
  service.body.append(cells.line)
  if (head.admin) addActions(service, server)
  watch(server)
  drawServer(server)
}

const STATE_CLASS = {
  up: 'good',
  'in use': 'good',
  down: 'bad',
  full: 'warn',
  drained: 'warn',
  unknown: 'warn',
}

function drawServer({ row, cells, method, drain }) {
  if (cells === undefined) return
  const [state, weight, active, inactive, rate, into, out, total, check] = cells.texts
  setText(method, row.forwarding)
  setText(state, row.since === undefined ? row.state : `${row.state} for ${ago(row.since)}`)
  setClass(state, STATE_CLASS[row.state] ?? '')
  setText(weight, count(row.weight))
  setText(active, count(row.active))
  setText(inactive, count(row.inactive))
  setText(rate, count(row.connectionRate))
  setText(into, bytes(row.inByteRate))
  setText(out, bytes(row.outByteRate))
  setText(total, count(row.connections))
  setText(check, row.checked === undefined ? '' : `${row.detail} (${ago(row.checked)} ago) `)
  if (drain !== undefined) setText(drain, row.weight === 0 ? 'Undrain' : 'Drain')
  drawThreshold(row, cells)
}

/** A bar of the connections against the upper threshold. */
function drawThreshold({ name, active, inactive, upper }, cells) {
  if (upper === 0) {
    cells.meter?.remove()
    cells.meter = undefined
    return
  }
  if (cells.meter === undefined) {
    cells.meter = element('meter', { min: '0' })
    cells.cells[2].append(cells.meter)
  }
  const used = active + inactive
  const label = `${name}: ${used} of at most ${upper} connections`
  const { meter } = cells
  if (meter.getAttribute('aria-label') === label) return
  meter.setAttribute('aria-label', label)
  meter.title = label
  meter.max = upper
  meter.high = 0.8 * upper
  meter.optimum = 0
  meter.value = used
}

function addActions(service, server) {
  const name = `${server.row.name} of ${nameOf(service.row)}`
  const drain = element('button', { type: 'button', 'aria-description': name }, 'Drain')
  const weight = element('button', { type: 'button', 'aria-description': name }, 'Weight…')
  drain.addEventListener('click', () =>
    change(server, { action: server.row.weight === 0 ? 'undrain' : 'drain' }),
  )
  weight.addEventListener('click', () => askWeight(server, name))
  server.drain = drain
  server.cells.cells[8].append(drain, ' ', weight)
}

function askWeight(server, name) {
  const dialog = byId('weight')
  setText(byId('weight-title'), `Weight of ${name}`)
  byId('weight-value').value = String(server.row.weight)
  dialog.returnValue = ''
  dialog.addEventListener(
    'close',
    () => {
      if (dialog.returnValue === 'set')
        change(server, { action: 'weight', weight: Number(byId('weight-value').value) })
    },
    { once: true },
  )
  dialog.showModal()
}

async function change({ row }, deed) {
  const message = byId('message')
  setText(message, '')
  try {
    const answer = await fetch('api/admin', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Ipvsadm-Token': byId('token').value },
      body: JSON.stringify({ ...deed, service: row.of, server: row.key }),
    })
    if (!answer.ok) setText(message, `Not changed: ${(await answer.json()).error.message}`)
  } catch (error) {
    setText(message, `Not changed: ${error.message}`)
  }
}

async function showConnections({ row }) {
  const dialog = byId('connections')
  const read = async () => {
    const rows = byId('connections-rows')
    const note = byId('connections-note')
    setText(note, 'reading…')
    try {
      const answer = await fetch(`api/connections?service=${encodeURIComponent(row.key)}`)
      const body = await answer.json()
      if (!answer.ok) throw new Error(body.error.message)
      rows.replaceChildren(...body.connections.map(connectionRow))
      const some = answer.headers.has('X-Partial') ? 'the first ' : ''
      setText(note, `${some}${count(body.connections.length)} connections`)
    } catch (error) {
      rows.replaceChildren()
      setText(note, `cannot be read: ${error.message}`)
    }
  }
  setText(byId('connections-title'), `Connections of ${nameOf(row)}`)
  byId('connections-again').onclick = read
  dialog.showModal()
  await read()
}

const endpoint = ({ address, port }) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

function connectionRow({ client, destination, state, expires, template }) {
  return element(
    'tr',
    {},
    element('td', {}, template ? `${client.address} (template)` : endpoint(client)),
    element('td', {}, endpoint(destination)),
    element('td', {}, state),
    element('td', { class: 'number' }, `${count(expires)} s`),
  )
}

function updateService(row) {
  const entry = services.get(row.key) ?? addService(row)
  entry.row = row
  drawService(entry)
}

function updateServer(row) {
  const service = services.get(row.of)
  if (service === undefined) return
  let entry = servers.get(row.key)
  if (entry === undefined) {
    entry = { row, history: new Float32Array(HISTORY) }
    servers.set(row.key, entry)
    service.servers.set(row.key, entry)
    if (service.unfolded) showServer(service, entry)
  }
  entry.row = row
  drawServer(entry)
}

function removeServer(key) {
  const entry = servers.get(key)
  if (entry === undefined) return
  unwatch(entry)
  entry.cells?.line.remove()
  services.get(entry.row.of)?.servers.delete(key)
  servers.delete(key)
}

function removeService(key) {
  const entry = services.get(key)
  if (entry === undefined) return
  for (const server of [...entry.servers.keys()]) removeServer(server)
  unwatch(entry)
  entry.body.remove()
  services.delete(key)
}

/** All rows: those that are not among them are gone. */
function takeTable(data) {
  const first = services.size === 0
  head = data.head
  setText(
    byId('host'),
    `${location.hostname} · ip_vs ${head.version} · ${count(head.connectionTableSize)} buckets`,
  )
  byId('token-label').hidden = !head.admin
  const known = {
    services: new Set(data.services.map(({ key }) => key)),
    servers: new Set(data.servers.map(({ key }) => key)),
  }
  for (const key of [...servers.keys()]) if (!known.servers.has(key)) removeServer(key)
  for (const key of [...services.keys()]) if (!known.services.has(key)) removeService(key)
  take(data)
  if (first && data.servers.length <= FEW) for (const entry of services.values()) unfold(entry, true)
}

function takeChange(data) {
  for (const key of data['gone-servers']) removeServer(key)
  for (const key of data['gone-services']) removeService(key)
  take(data)
}

function take({ at, totals, services: changedServices, servers: changedServers }) {
  tick++
  for (const row of changedServices) updateService(row)
  for (const row of changedServers) updateServer(row)
  for (const list of [services, servers]) {
    for (const { row, history } of list.values()) history[tick % HISTORY] = Number(row.connectionRate)
  }
  for (const entry of visible) {
    drawSpark(entry)
    // Times pass although nothing else has changed.
    if (entry.row.since !== undefined) drawServer(entry)
  }
  for (const name of ['services', 'servers', 'down', 'active', 'inactive', 'connections']) {
    setText(byId(`total-${name}`), totals[name] === undefined ? '–' : count(totals[name]))
  }
  setText(byId('clock'), `updated ${new Date(at).toLocaleTimeString()}`)
  arrange()
  live()
}

/** Hides what is not searched for, and puts the services in order. */
function arrange() {
  const text = byId('search').value.trim().toLowerCase()
  const onlyDown = byId('only-down').checked
  let shown = 0
  for (const entry of services.values()) {
    const { row, body } = entry
    const hidden = (onlyDown && row.down === 0 && row.servers > 0) || !(text === '' || matches(entry, text))
    if (body.hidden !== hidden) body.hidden = hidden
    if (!hidden) shown++
  }
  const all = shown === services.size
  setText(
    byId('count'),
    services.size === 0 ? 'There are no services.' : all ? '' : `${shown} of ${services.size} services`,
  )
  order(byId('sort').value)
}

function matches({ row, servers: own }, text) {
  if (`${nameOf(row)} ${row.scheduler} ${row.flags}`.toLowerCase().includes(text)) return true
  for (const { row: server } of own.values()) {
    if (`${server.name} ${server.state} ${server.detail ?? ''}`.toLowerCase().includes(text)) return true
  }
  return false
}

function order(field) {
  const wanted = [...services.values()]
  if (field === 'service') {
    wanted.sort((a, b) => a.row.service.localeCompare(b.row.service, 'en', { numeric: true }))
  } else if (field !== '') wanted.sort((a, b) => Number(b.row[field]) - Number(a.row[field]))
  let at = table.tHead.nextElementSibling
  for (const { body } of wanted) {
    if (body === at) at = at.nextElementSibling
    else table.insertBefore(body, at)
  }
}

function live() {
  lastEvent = performance.now()
  document.body.classList.remove('lost')
  setText(byId('status'), 'live')
}

function lost(text) {
  document.body.classList.add('lost')
  setText(byId('status'), text)
}

function connect() {
  const stream = new EventSource('events')
  stream.addEventListener('table', ({ data }) => takeTable(JSON.parse(data)))
  stream.addEventListener('change', ({ data }) => takeChange(JSON.parse(data)))
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
for (const id of ['search', 'sort', 'only-down']) byId(id).addEventListener('input', arrange)
byId('tools').addEventListener('submit', (event) => event.preventDefault())
byId('connections-close').addEventListener('click', () => byId('connections').close())
connect()
