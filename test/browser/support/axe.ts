// The accessibility of a page, by axe-core.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = createRequire(__filename).resolve('axe-core/axe.min.js')

/** The findings of axe-core. It runs through the debugger: the page's own policy lets no other code in. */
export async function axe(page: Page): Promise<readonly unknown[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'))
  return (await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))`,
  )) as readonly unknown[]
}
