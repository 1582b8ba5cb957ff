// Facts that documents repeat agree with the program's tables and texts; links in documents have targets.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { SCHEDULERS } from '../../lib/grammar/values.ts'
import { TOPICS } from '../../lib/help/texts.ts'
import { SCHEDULER_FLAGS } from '../../lib/model/scheduler-flags.ts'
import { STATUS } from '../../lib/status.ts'
import { SCENARIOS } from '../balance/guest/scenarios/index.ts'

const DOCUMENTS = [
  ...readdirSync('.').filter((file) => file.endsWith('.md')),
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]
const text = (document: string) => readFileSync(document, 'utf8')

/** The cells of a document's first table. */
const table = (document: string) =>
  /^\|[- |]+\|\n((?:\|.*\|\n)+)/m
    .exec(text(document))![1]!
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

/** The items of a topic's list: the text before the colon, and after it. */
const items = (topic: string) =>
  [...TOPICS.get(topic)!.matchAll(/^- (\w+): (.*(?:\n {2}.*)*)/gm)].map(([, name, said]) => [
    name,
    said!.replace(/\n +/g, ' '),
  ])

describe('docs/schedulers.md', () => {
  const rows = table('docs/schedulers.md')

  it('has the schedulers of the program, as the topic describes them', () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...SCHEDULERS].sort())
    expect(rows.map((row) => row.slice(0, 2))).toEqual(items('schedulers'))
  })

  it('has their flags', () => {
    const flags = (scheduler: string) =>
      SCHEDULER_FLAGS.filter((flag) => flag.scheduler === scheduler).map(({ name }) => `\`${name}\``)
    for (const [name, , , , cell] of rows) expect([name, cell]).toEqual([name, flags(name!).join(', ')])
  })

  it('has only schedulers that the balancing ring tries', () => {
    const tried = SCENARIOS.filter(({ group }) => group === 'scheduler').map(({ name }) => name.split(' ')[0])
    for (const [name] of rows) expect(tried).toContain(name)
  })
})

describe('docs/exit-statuses.md', () => {
  const rows = table('docs/exit-statuses.md').map(([status]) => Number(status))

  it('has the statuses of the program', () => {
    const own = new Set(Object.values(STATUS))
    expect([...rows].sort((a, b) => a - b)).toEqual([...own].sort((a, b) => a - b))
  })

  it('has those of the topic', () => {
    const topic = items('exit-status').map(([status]) => Number(status))
    expect([...rows].sort((a, b) => a - b)).toEqual([...topic].sort((a, b) => a - b))
  })
})

describe('links', () => {
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')
  const anchors = (document: string) =>
    [...text(document).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!))

  it.each(DOCUMENTS)('of %s have targets', (document) => {
    for (const [, link] of text(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', fragment] = link!.split('#')
      const target = path === '' ? document : join(dirname(document), path)
      expect({ link, exists: existsSync(target) }).toEqual({ link, exists: true })
      if (fragment !== undefined)
        expect({ link, of: anchors(target) }).toMatchObject({ of: expect.arrayContaining([fragment]) })
    }
  })

  it.each(DOCUMENTS.filter((document) => document !== 'README.md'))(
    'the README has one to %s',
    (document) => {
      expect(text('README.md')).toContain(`](${document})`)
    },
  )
})
