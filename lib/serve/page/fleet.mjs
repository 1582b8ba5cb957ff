// The section of the fleet: a group is a summary that unfolds to its directors. News are rare, and each is drawn whole.
import { byId, count, element, setText } from './texts.mjs'

/** @typedef {import('../page-fleet.ts').PageFleet} PageFleet */
/** @typedef {import('../page-fleet.ts').PageGroup} Group */
/** @typedef {import('../page-fleet.ts').PageDirector} Director */

/** Directors up to which a group is unfolded at first. */
const FEW = 10

/** @typedef {{ details: HTMLDetailsElement, summary: HTMLElement, content: HTMLElement }} Drawn */
/** @type {Map<string, Drawn>} */
const drawn = new Map()

/** @param {PageFleet} fleet */
export function drawFleet(fleet) {
  byId('fleet').hidden = fleet === null
  if (fleet === null) return
  if ('problem' in fleet) return setText(byId('fleet-note'), `The fleet cannot be read: ${fleet.problem}`)
  const { groups, problems } = fleet
  const none = groups.length === 0 ? ['There are no revisions yet.'] : []
  setText(byId('fleet-note'), [...none, ...problems].join('\n'))
  for (const [name, { details }] of drawn) {
    if (groups.some(({ group }) => group === name)) continue
    details.remove()
    drawn.delete(name)
  }
  for (const group of groups) {
    const { summary, content } = drawn.get(group.group) ?? addGroup(group)
    summary.replaceChildren(...summaryOf(group))
    content.replaceChildren(...notesOf(group), tableOf(group))
  }
}

/** Its summary stays, and with it the focus. @param {Group} group @returns {Drawn} */
function addGroup({ group, directors }) {
  const summary = element('summary')
  const content = element('div')
  const details = element('details', {}, summary, content)
  details.open = directors.length <= FEW
  byId('fleet-groups').append(details)
  const made = { details, summary, content }
  drawn.set(group, made)
  return made
}

/** @param {Group} group */
function summaryOf({ group, revision, rollout, directors }) {
  const current = directors.filter(({ state }) => state === 'current').length
  const all = current === directors.length
  const parts = [
    element('strong', {}, group),
    revision === 0 ? ': no revision yet, ' : `: revision ${revision}, `,
    element(
      'span',
      { class: all ? 'good' : 'warn' },
      `${count(current)} of ${count(directors.length)} current`,
    ),
  ]
  if (rollout?.state === 'running') parts.push(', being rolled out')
  if (rollout?.state === 'failed') {
    parts.push(', ', element('span', { class: 'bad' }, `the rollout of revision ${rollout.revision} failed`))
  }
  return parts
}

/** @param {Group} group */
function notesOf({ group, author, time, message, rollout }) {
  const notes = []
  if (time !== null) {
    const why = message === null || message === '' ? '' : `: ${message}`
    notes.push(element('p', {}, `Pushed on ${new Date(time).toLocaleString()} by ${author ?? ''}${why}`))
  }
  if (rollout?.state === 'failed') notes.push(element('p', { class: 'bad' }, rollout.reason ?? ''))
  if (rollout?.state === 'running') {
    const { wave, waves, carriedBy } = rollout
    const label = `Waves of ${group} that are done`
    const bar = element('progress', { max: `${waves}`, value: `${wave - 1}`, 'aria-label': label })
    const carrier = carriedBy === null ? '' : `, carried by ${carriedBy}`
    notes.push(element('p', {}, bar, ` Wave ${wave} of ${waves}${carrier}`))
  }
  return notes
}

/**
 * The columns: their cells' texts, and whether they are numbers.
 * @type {readonly { title: string, text: (director: Director) => string, number?: boolean }[]}
 */
const COLUMNS = [
  { title: 'Director', text: ({ name }) => name },
  { title: 'State', text: ({ state }) => state },
  { title: 'Revision', number: true, text: ({ revision }) => (revision === null ? '–' : `${revision}`) },
  {
    title: 'Servers down',
    number: true,
    text: ({ state, down, servers }) => (state === 'gone' ? '–' : `${count(down)} of ${count(servers)}`),
  },
  { title: 'Held', number: true, text: ({ held }) => count(held) },
  { title: 'Differences', number: true, text: ({ differences }) => count(differences) },
  {
    title: 'Heard of',
    number: true,
    text: ({ seen, lastSeen }) => {
      if (seen !== null) return seen === 0 ? 'now' : `${seen} s ago`
      return lastSeen === null ? '–' : `${new Date(lastSeen).toLocaleString()}, by its clock`
    },
  },
]

/** @type {Readonly<Record<Director['state'], string>>} */
const STATE_CLASS = {
  current: 'good',
  waiting: 'warn',
  applying: 'warn',
  behind: 'warn',
  refused: 'bad',
  wrong: 'bad',
  duplicate: 'bad',
  gone: 'bad',
}

/** @param {Group} group */
function tableOf({ group, directors }) {
  const heads = COLUMNS.map(({ title, number }) =>
    element('th', { role: 'columnheader', scope: 'col', ...(number && { class: 'number' }) }, title),
  )
  return element(
    'table',
    { class: 'directors', role: 'table', 'aria-label': `Directors of ${group}` },
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads)),
    element('tbody', { role: 'rowgroup' }, ...directors.map(directorLine)),
  )
}

/** @param {Director} director */
function directorLine(director) {
  const cells = COLUMNS.map(({ title, text, number }, i) => {
    if (i === 0) return element('th', { role: 'rowheader', scope: 'row' }, text(director))
    const cell = element('td', { role: 'cell', 'data-title': title, ...(number && { class: 'number' }) })
    if (title !== 'State') cell.append(text(director))
    else {
      cell.append(element('span', { class: STATE_CLASS[director.state] }, text(director)))
      cell.append(...director.errors.map((error) => element('div', {}, error)))
    }
    return cell
  })
  return element('tr', { role: 'row' }, ...cells)
}
