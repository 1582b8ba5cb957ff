// The documents about the configuration: current, and right.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { checkOf } from '../../../lib/agent/config/choose.ts'
import { readConfig } from '../../../lib/agent/config/read.ts'
import { readRules } from '../../../lib/rules/read-lines.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'
import { configPage, schemaFile } from '../../../scripts/agent-config.ts'

const DOCS = join(__dirname, '../../../docs')
const read = (name: string) => readFileSync(join(DOCS, name), 'utf8')

it('has a page and a schema that `node scripts/agent-config.mjs` would write', () => {
  expect(read('agent-config.md')).toBe(configPage())
  expect(read('agent-config.schema.json')).toBe(schemaFile())
})

it('has an example on the page that is right', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read('agent-config.md')) ?? []
  expect(readConfig(example)).toHaveProperty('config')
})

describe('the examples', () => {
  const names = readdirSync(join(DOCS, 'examples')).filter((name) => name.endsWith('.yaml'))

  it.each(names)('%s is right, and so are its rules, every server of which has a check', async (name) => {
    const result = readConfig(read(`examples/${name}`))
    if ('problems' in result) throw new Error(JSON.stringify(result.problems))
    const rules = await readRules(read(`examples/${name.replace('.yaml', '.rules')}`), {
      posix: false,
      names: nodeSystem.names,
    })
    expect([...rules.errors, ...rules.warnings]).toEqual([])
    for (const { id, servers } of rules.ruleset.services.values()) {
      for (const server of servers.values()) {
        expect(checkOf(result.config, id, server.id).kind).not.toBe('none')
      }
    }
    // Entries about services that the rules do not have are mistakes.
    for (const { service } of result.config.services) {
      expect([...rules.ruleset.services.values()].map(({ id }) => id)).toContainEqual(service)
    }
  })
})
