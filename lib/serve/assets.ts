// The files of the page, embedded by the build.
import { createHash } from 'node:crypto'
import css from './page/page.css'
import html from './page/page.html'
import js from './page/page.js'

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
  ['/page.js', asset('text/javascript', js)],
])
