// The examples of docs/library.md: programs in TypeScript, each with the output that the document shows after it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { ROOT } from './program.ts'

export interface LibraryExample {
  readonly name: string
  /** As the document has it. */
  readonly source: string
  /** The same without types, for the oldest Node that is supported. */
  readonly program: string
  readonly output: string
}

export async function libraryExamples(): Promise<LibraryExample[]> {
  const text = await readFile(join(ROOT, 'docs/library.md'), 'utf8')
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language,
    code: code!,
  }))
  const examples: LibraryExample[] = []
  for (const [i, { language, code: source }] of blocks.entries()) {
    if (language !== 'ts') continue
    const output = blocks[i + 1]
    if (output?.language !== '') throw new Error(`no output is shown after this example:\n${source}`)
    const { code: program } = await transform(source, { loader: 'ts', target: 'node20', format: 'esm' })
    examples.push({ name: `example-${examples.length + 1}`, source, program, output: output.code })
  }
  if (examples.length === 0) throw new Error('docs/library.md has no examples')
  return examples
}
