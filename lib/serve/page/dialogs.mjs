// Actions on request: the connections of a service, and changes with the token.
import { byId, count, dialogById, element, inputById, nameOf, setText } from './texts.mjs'

/** @typedef {import('../page-rows.ts').PageServiceRow} PageServiceRow */
/** @typedef {import('../page-rows.ts').PageServerRow} PageServerRow */
/**
 * A connection of /api/connections.
 * @typedef {{ address: string, port: number }} Endpoint
 * @typedef {{ client: Endpoint, destination: Endpoint, state: string, expires: number, template: boolean }} Connection
 */

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error))

/** @param {PageServerRow} row @param {string} name */
export function askWeight(row, name) {
  const dialog = dialogById('weight')
  const value = inputById('weight-value')
  setText(byId('weight-title'), `Weight of ${name}`)
  value.value = String(row.weight)
  dialog.returnValue = ''
  dialog.addEventListener(
    'close',
    () => {
      if (dialog.returnValue === 'set') change(row, { action: 'weight', weight: Number(value.value) })
    },
    { once: true },
  )
  dialog.showModal()
}

/** @param {PageServerRow} row @param {{ action: string, weight?: number }} deed */
export async function change(row, deed) {
  const message = byId('message')
  setText(message, '')
  try {
    const answer = await fetch('api/admin', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Ipvsadm-Token': inputById('token').value },
      body: JSON.stringify({ ...deed, service: row.of, server: row.key }),
    })
    if (!answer.ok) setText(message, `Not changed: ${(await answer.json()).error.message}`)
  } catch (error) {
    setText(message, `Not changed: ${messageOf(error)}`)
  }
}

/** Lists of connections that have been asked for: an answer that comes after a later question is not shown. */
let questions = 0

/** @param {PageServiceRow} row */
export async function showConnections(row) {
  const dialog = dialogById('connections')
  byId('connections-rows').replaceChildren()
  setText(byId('connections-title'), `Connections of ${nameOf(row)}`)
  byId('connections-again').onclick = () => readConnections(row.key)
  dialog.showModal()
  await readConnections(row.key)
}

/** @param {string} key */
async function readConnections(key) {
  const rows = byId('connections-rows')
  const note = byId('connections-note')
  const question = ++questions
  setText(note, 'reading…')
  try {
    const answer = await fetch(`api/connections?service=${encodeURIComponent(key)}`)
    const body = await answer.json()
    if (question !== questions) return
    if (!answer.ok) throw new Error(body.error.message)
    /** @type {Connection[]} */
    const connections = body.connections
    rows.replaceChildren(...connections.map(connectionRow))
    const some = answer.headers.has('X-Partial') ? 'the first ' : ''
    setText(note, `${some}${count(connections.length)} connections`)
  } catch (error) {
    if (question !== questions) return
    rows.replaceChildren()
    setText(note, `cannot be read: ${messageOf(error)}`)
  }
}

/** @param {Endpoint} endpoint */
const endpoint = ({ address, port }) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** @param {Connection} connection */
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

byId('connections-close').addEventListener('click', () => dialogById('connections').close())
