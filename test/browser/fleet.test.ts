// The section of the fleet in a browser: hidden without one, followed, with the keyboard, accessible, texts as texts.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import type { FleetStatus } from '../../lib/model/fleet-state.ts'
import { Balancer } from '../serve/support/balancer.ts'
import { director, fleetOf } from '../serve/support/shown-fleet.ts'
import { axe } from './support/axe.ts'
import { openBrowser, openPage } from './support/browser.ts'
import { prepareScreen } from './support/scene.ts'

const HOSTILE = '<img src=x onerror=alert(1)>'
const GOOD = fleetOf([director('lb1'), director('lb2', { down: 2, held: 1 })])
const ROLLING = fleetOf(
  [
    director('lb1', { state: 'refused', revision: 8, differences: 3, errors: [`-E ${HOSTILE}: ENOENT`] }),
    director('lb2', { state: 'waiting' }),
    director('lb3', { state: 'gone', seen: null, lastSeen: '2026-11-20T09:00:00.000Z' }),
    director('lb4', { state: 'duplicate', revision: 8, errors: ['2 agents of this name: one, two'] }),
  ],
  {
    revision: 8,
    message: HOSTILE,
    rollout: { revision: 8, state: 'running', wave: 1, waves: 3, reason: null, carriedBy: 'lb2' },
  },
)

let browser: Browser
let balancer: Balancer
let page: Page
let said: string[]

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
})
beforeEach(async () => {
  balancer = await Balancer.start('', { feed: { interval: 100 } })
  await prepareScreen(balancer)
  page = await openPage(browser)
  said = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
})
afterEach(async () => {
  await page.close()
  await balancer.stop()
})

async function open(fleet: FleetStatus | undefined): Promise<void> {
  balancer.fleet = async () => fleet
  await page.goto(balancer.url)
  await page.locator('#status', { hasText: 'live' }).waitFor()
}

const cells = async (name: string) =>
  (await page.locator('.directors tr', { hasText: name }).locator('td').allTextContents()).map((text) =>
    text.trim(),
  )

it('is hidden without a fleet, comes with it, and goes with it', async () => {
  await open(undefined)
  expect(await page.locator('#fleet').isVisible()).toBe(false)
  balancer.fleet = async () => GOOD
  await page.locator('#fleet summary', { hasText: 'web: revision 7, 2 of 2 current' }).waitFor()
  balancer.fleet = async () => undefined
  await page.locator('#fleet').waitFor({ state: 'hidden' })
  expect(said).toEqual([])
})

it('shows the directors, the rollout and errors, as texts', async () => {
  await open(GOOD)
  const summary = page.locator('#fleet summary')
  await summary.waitFor()
  expect(await cells('lb2')).toEqual(['current', '7', '2 of 12', '1', '0', 'now'])
  balancer.fleet = async () => ROLLING
  await page.locator('#fleet p', { hasText: 'Wave 1 of 3, carried by lb2' }).waitFor()
  expect(await summary.textContent()).toBe('web: revision 8, 0 of 4 current, being rolled out')
  expect(await cells('lb1')).toEqual([`refused-E ${HOSTILE}: ENOENT`, '8', '0 of 12', '0', '3', 'now'])
  expect(await cells('lb4')).toEqual([
    'duplicate2 agents of this name: one, two',
    '8',
    '0 of 12',
    '0',
    '0',
    'now',
  ])
  const lastSeen = await page.evaluate(() => new Date('2026-11-20T09:00:00.000Z').toLocaleString())
  expect(await cells('lb3')).toEqual(['gone', '7', '–', '0', '0', `${lastSeen}, by its clock`])
  expect(await page.locator('#fleet p').last().textContent()).toContain('Wave 1')
  expect(await page.locator('img').count()).toBe(0)
  const reason = `lb1 has refused it: ${HOSTILE}`
  const rollout = { ...ROLLING.groups[0]!.rollout!, state: 'failed' as const, reason }
  balancer.fleet = async () => fleetOf([director('lb1')], { rollout })
  await page.locator('#fleet p.bad', { hasText: reason }).waitFor()
  expect(await summary.textContent()).toContain('the rollout of revision 8 failed')
  expect(said).toEqual([])
})

it('folds with the keyboard, and stays folded and focused when there are news', async () => {
  await open(GOOD)
  await page.locator('#fleet summary').focus()
  await page.keyboard.press('Enter')
  expect(await page.locator('.directors').isVisible()).toBe(false)
  balancer.fleet = async () => ROLLING
  await page.locator('#fleet summary', { hasText: '0 of 4' }).waitFor()
  expect(await page.locator('.directors').isVisible()).toBe(false)
  expect(await page.evaluate('document.activeElement.localName')).toBe('summary')
  await page.keyboard.press('Enter')
  expect(await page.locator('.directors').isVisible()).toBe(true)
})

it('says when the fleet or a key of it cannot be read, and keeps what was known', async () => {
  await open(GOOD)
  await page.locator('#fleet summary').waitFor()
  balancer.fleet = () => Promise.reject(new Error('no member answers'))
  await page.locator('#fleet-note', { hasText: 'The fleet cannot be read: no member answers' }).waitFor()
  expect(await page.locator('.directors tbody tr').count()).toBe(2)
  const problems = ['/ipvsadm/groups/web/rollout: not a value of a fleet: no JSON', HOSTILE]
  balancer.fleet = async () => ({ ...GOOD, problems })
  await page.locator('#fleet-note', { hasText: problems.join(' ') }).waitFor()
  expect(await page.locator('#fleet-note').textContent()).toBe(problems.join('\n'))
  balancer.fleet = async () => GOOD
  await page.locator('#fleet-note', { hasText: /^$/ }).waitFor({ state: 'attached' })
})

it.each([1280, 360])(
  'is accessible at %d pixels, light and dark, and does not scroll sideways',
  async (width) => {
    await page.setViewportSize({ width, height: 900 })
    await open(ROLLING)
    await page.locator('.directors').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axe(page)).toEqual([])
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
    expect(wide).toBeLessThanOrEqual(0)
    if (process.env.IPVSADM_SCREENS !== undefined)
      await page.screenshot({ path: `${process.env.IPVSADM_SCREENS}/fleet-${width}.png` })
  },
)
