// yargs without Node: the build replaces the package's entry with this module. Its platform has no files, no translations and
// no environment.
import { cliui } from 'cliui/build/lib/index.js'
import { YargsFactory } from 'yargs/build/lib/yargs-factory.js'
import Parser from 'yargs-parser/browser.js'
import stringWidth, { stripStyles } from './string-width.ts'

/** Formats like util.format, for texts: values without a placeholder are appended. */
function format(text: string, ...values: readonly unknown[]): string {
  const left = [...values]
  const filled = text.replace(/%[sd]/g, (place) => (left.length > 0 ? String(left.shift()) : place))
  return [filled, ...left].join(' ')
}

/** Breaks lines between words like wrap-ansi with `hard`: splits words longer than a line. */
function wrap(text: string, width: number): string {
  const lines = text.split('\n').map((line) => {
    const rows = ['']
    for (const [i, word] of line.split(' ').entries()) {
      const row = rows[rows.length - 1]!
      if (i > 0 && stringWidth(row) + 1 + stringWidth(word) <= width) rows[rows.length - 1] = `${row} ${word}`
      else if (i === 0) rows[0] = word
      else rows.push(word)
      for (let last = rows[rows.length - 1]!; stringWidth(last) > width; last = rows[rows.length - 1]!) {
        rows.splice(-1, 1, last.slice(0, width), last.slice(width))
      }
    }
    return rows.join('\n')
  })
  return lines.join('\n').trimEnd()
}

export default YargsFactory({
  assert: { notStrictEqual() {}, strictEqual() {} },
  cliui: (options: object) => cliui(options, { stringWidth, stripAnsi: stripStyles, wrap }),
  findUp: () => undefined,
  getEnv: () => undefined,
  inspect: String,
  getCallerFile: () => '',
  getProcessArgvBin: () => 'ipvsadm',
  mainFilename: '/',
  Parser,
  path: {
    basename: (path: string) => path.slice(path.lastIndexOf('/') + 1),
    dirname: () => '/',
    extname: () => '',
    relative: (_from: string, to: string) => to,
    resolve: (path: string) => path,
    join: (...parts: readonly string[]) => parts.join('/'),
  },
  process: {
    argv: () => [],
    cwd: () => '/',
    emitWarning() {},
    execPath: () => '',
    exit() {},
    nextTick: (callback: () => void) => setTimeout(callback, 0),
    stdColumns: null,
  },
  readFileSync: () => '{}',
  readdirSync: () => [],
  require: () => undefined,
  stringWidth,
  y18n: {
    __: format,
    __n: (one: string, other: string, count: number, ...values: readonly unknown[]) => {
      const text = count === 1 ? one : other
      return text.includes('%d') ? format(text, count, ...values) : format(text, ...values)
    },
    getLocale: () => 'en',
    setLocale() {},
    updateLocale() {},
  },
})
