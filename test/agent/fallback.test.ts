// The rules with the fallback servers that are in use.
import { expect, it } from '@jest/globals'
import { withFallback } from '../../lib/agent/fallback.ts'
import { ruleTable } from '../../lib/agent/rule-table.ts'
import { configuration, rulesOf } from './support/world.ts'

it('are those of the file and these, without a copy', async () => {
  const text = [1, 2]
    .map((i) => `-A -t 192.0.2.${i}:80 -s rr\n-a -t 192.0.2.${i}:80 -r 10.0.0.1:80 -m -w 3\n`)
    .join('')
  const rules = ruleTable(await rulesOf(text))
  const { id, config } = rules.services.get('tcp 192.0.2.1 80')!.servers.get('10.0.0.1 80')!
  const fallback = { ...id, address: '10.0.0.9' as typeof id.address, config }
  const settings = configuration({ fallback: [fallback] })
  const whole = rules.services as Map<string, unknown>
  const copied = () => {
    throw new Error('copied')
  }
  Object.assign(whole, { entries: copied, values: copied, keys: copied, [Symbol.iterator]: copied })
  const [first, second] = ['tcp 192.0.2.1 80', 'tcp 192.0.2.2 80'] as const
  const notes = [
    { key: first, fallback: true },
    { key: second, fallback: false },
    { key: 'tcp 192.0.2.3 80', fallback: true },
  ]
  const { services } = withFallback(rules, notes, settings)
  expect([...services.get(first)!.servers.keys()].sort()).toEqual(['10.0.0.1 80', '10.0.0.9 80'])
  expect(services.get(second)).toBe(whole.get(second))
  expect(services.get('tcp 192.0.2.3 80')).toBeUndefined()
  expect(withFallback(rules, [], settings)).toBe(rules)
})
