// Lines of a rule file: `splitWords` and `dottedQuad` give what their twins in TypeScript give.
import { dottedQuad as quadInC, splitWords as wordsInC } from 'host'
import { dottedQuad, splitWords } from '../../lib/model/scan.ts'
import { same, target } from './tools.ts'

const decoder = new TextDecoder()

target((bytes) => {
  const line = decoder.decode(bytes)
  const words = splitWords(line)
  same(wordsInC(line), words)
  for (const word of [line, ...words]) same(quadInC(word), dottedQuad(word))
})
