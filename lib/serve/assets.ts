// The files of the page, embedded by the build.
import { createHash } from 'node:crypto'
import dialogs from './page/dialogs.mjs'
import fleet from './page/fleet.mjs'
import lines from './page/lines.mjs'
import css from './page/page.css'
import html from './page/page.html'
import page from './page/page.mjs'
import rows from './page/rows.mjs'
import sparks from './page/sparks.mjs'
import texts from './page/texts.mjs'

export interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly tag: string
}

function asset(type: string, text: string): Asset {
  const tag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`
  return { type: `${type}; charset=utf-8`, body: Buffer.from(text), tag }
}

export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['/', asset('text/html', html)],
  ['/page.css', asset('text/css', css)],
  ...Object.entries({ page, rows, lines, sparks, dialogs, fleet, texts }).map(
    ([name, text]) => [`/${name}.mjs`, asset('text/javascript', text)] as const,
  ),
])
