// Lines of a rule file: `scanRule`, `splitWords` and `dottedQuad` give what their twins in TypeScript give.
import { dottedQuad as quadInC, scanRule as ruleInC, splitWords as wordsInC } from 'host'
import { dottedQuad, PLAIN_FIELDS, scanRule, splitWords } from '../../lib/model/scan.ts'
import { same, target } from './tools.ts'

const decoder = new TextDecoder()
const [fields, others] = [new Int32Array(PLAIN_FIELDS), new Int32Array(PLAIN_FIELDS)]

target((bytes) => {
  const line = decoder.decode(bytes)
  const words = splitWords(line)
  same(wordsInC(line), words)
  for (const word of [line, ...words]) same(quadInC(word), dottedQuad(word))
  const isPlain = scanRule(line, fields)
  same(ruleInC(line, others), isPlain)
  if (isPlain) same(others, fields)
})
