// The page in a browser: it shows the table, follows it, and is accessible; the console stays empty.
// The director is in memory: test/kernel/serve.test.ts compares with a real kernel.
import { mkdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { Balancer } from '../serve/support/balancer.ts'
import { until } from '../support/until.ts'
import { axe } from './support/axe.ts'
import { openBrowser, openPage } from './support/browser.ts'
import { prepareScreen } from './support/scene.ts'

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
  balancer = await Balancer.start('', { admin: { token: 'correct horse battery', audit: () => {} } })
  await prepareScreen(balancer)
  page = await openPage(browser)
  said = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  await page.goto(balancer.url)
  await page.locator('#status', { hasText: 'live' }).waitFor()
})
afterEach(async () => {
  await page.close()
  await balancer.stop()
})

const row = (name: string) => page.locator('tr', { hasText: name }).first()
const cellsOf = async (name: string) =>
  (await row(name).locator('td').allInnerTexts()).map((text) => text.trim())

describe('the page', () => {
  it('shows services and servers with their values, and says nothing on the console', async () => {
    expect(await page.locator('#table tbody').count()).toBe(3)
    expect((await cellsOf('198.51.100.11:8080')).slice(0, 4)).toEqual([
      expect.stringContaining('up for'),
      '3',
      '42',
      '7',
    ])
    expect(await row('198.51.100.12:8080').locator('td').first().textContent()).toContain('down for')
    expect(await page.locator('#total-servers').textContent()).toBe('5')
    expect(await row('198.51.100.11:8080').locator('meter').getAttribute('aria-label')).toBe(
      '198.51.100.11:8080: 49 of at most 60 connections',
    )
    expect(said).toEqual([])
  })

  it('follows the table: what changes, what is new, what is gone', async () => {
    balancer.kernel.setCounters('tcp 192.0.2.1:80', { active: 1234 }, '198.51.100.11:8080')
    await row('198.51.100.11:8080').locator('td', { hasText: '1,234' }).waitFor()
    await balancer.rules('-A -t 192.0.2.77:80 -s rr\n-a -t 192.0.2.77:80 -r 198.51.100.77:80 -m\n')
    await row('192.0.2.77:80').waitFor()
    // New services come before old ones go.
    await until(async () => (await page.locator('#table tbody').count()) === 1)
    expect(said).toEqual([])
  })

  it('has the exact totals, and the last minute also for one who has just come', async () => {
    const total = row('198.51.100.11:8080').locator('td').nth(5).locator('small')
    expect([await total.textContent(), await total.getAttribute('title')]).toEqual([
      '88.0 GB',
      '88,000,000,000 bytes in 0 packets',
    ])
    balancer.kernel.setCounters('tcp 192.0.2.1:80', { cps: 0n }, '198.51.100.11:8080')
    await row('198.51.100.11:8080').locator('td').nth(4).getByText('0', { exact: true }).waitFor()
    const other = await openPage(browser)
    await other.goto(balancer.url)
    const line = other.locator('tr', { hasText: '198.51.100.11:8080' }).locator('.spark path')
    // It is drawn once the browser has seen that its row is visible.
    await until(async () => /^M0 15\.0.*L\d+ 1\.0/.test((await line.getAttribute('d')) ?? ''))
    await other.close()
  })

  it('searches, sorts and shows only what is down', async () => {
    await page.fill('#search', '192.0.2.53')
    expect(await page.locator('#table tbody:visible').count()).toBe(1)
    await page.fill('#search', '')
    await page.check('#only-down')
    expect(await page.locator('#table tbody:visible .fold').allInnerTexts()).toEqual(['TCP 192.0.2.1:80'])
    expect(await page.locator('tr.server:visible th').allInnerTexts()).toEqual([
      expect.stringContaining('198.51.100.12:8080'),
    ])
    await page.uncheck('#only-down')
    expect(await page.locator('tr.server:visible').count()).toBe(5)
    await page.selectOption('#sort', 'active')
    expect(await page.locator('#table tbody .fold').first().textContent()).toBe('TCP 192.0.2.1:80')
  })

  it('can be used with the keyboard: services fold, and connections are listed', async () => {
    const fold = page.locator('.fold', { hasText: '192.0.2.1:80' })
    await fold.focus()
    await page.keyboard.press('Enter')
    expect(await fold.getAttribute('aria-expanded')).toBe('false')
    expect(await page.locator('tr', { hasText: '198.51.100.11:8080' }).count()).toBe(0)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('#connections-note', { hasText: '2 connections' }).waitFor()
    expect(await page.locator('#connections-rows td').first().textContent()).toBe('10.9.0.3:10001')
    await page.keyboard.press('Escape')
    expect(await page.locator('#connections').isVisible()).toBe(false)
  })

  it('shows hostile texts as texts', async () => {
    const [key] = [...balancer.health!.keys()]
    const at = new Date()
    balancer.health = new Map([
      [
        key!,
        {
          status: 'down',
          since: at,
          check: { at, up: false, seconds: 1, detail: '<img src=x onerror=alert(1)>' },
        },
      ],
    ])
    await page.locator('td', { hasText: '<img src=x' }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(said).toEqual([])
  })

  it('drains a server with the token, and says what is refused', async () => {
    await row('198.51.100.11:8080').getByRole('button', { name: 'Drain' }).click()
    await page.locator('#message', { hasText: 'wrong token' }).waitFor()
    await page.waitForTimeout(1100)
    await page.fill('#token', 'correct horse battery')
    await row('198.51.100.11:8080').getByRole('button', { name: 'Drain' }).click()
    await row('198.51.100.11:8080').getByRole('button', { name: 'Undrain' }).waitFor()
  })

  it('says that the connection is lost, and goes on by itself', async () => {
    balancer.kernel.removeFamily()
    await page.locator('#status', { hasText: 'cannot be read' }).waitFor()
    balancer.kernel.addFamily()
    await page.locator('#status', { hasText: 'live' }).waitFor()
    await page.context().setOffline(true)
    balancer.server.closeAllConnections()
    await page.locator('#status', { hasText: 'connection lost' }).waitFor()
    await page.context().setOffline(false)
    await page.locator('#status', { hasText: 'live' }).waitFor()
  })

  it('has the order of the table also when a service has come while the connection was lost', async () => {
    await page.context().setOffline(true)
    balancer.server.closeAllConnections()
    await page.locator('#status', { hasText: 'connection lost' }).waitFor()
    await balancer.rules('-A -t 192.0.2.0:80 -s rr\n-A -t 192.0.2.1:80 -s wlc -p 300\n')
    await page.context().setOffline(false)
    // New services come before old ones go.
    const folds = async () => (await page.locator('.fold').allTextContents()).join()
    await until(async () => (await folds()) === 'TCP 192.0.2.0:80,TCP 192.0.2.1:80')
  })

  it('lists the connections of the service that was asked for last', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route(/service=tcp%20192/, async (route) => {
      await held
      await route.continue()
    })
    await row('192.0.2.1:80').getByRole('button', { name: 'Connections' }).click()
    await page.keyboard.press('Escape')
    await row('192.0.2.53:53').getByRole('button', { name: 'Connections' }).click()
    const note = page.locator('#connections-note', { hasText: '0 connections' })
    await note.waitFor()
    const late = page.waitForResponse(/service=tcp%20192/)
    release()
    await (await late).finished()
    expect(await note.textContent()).toBe('0 connections')
    expect(await page.locator('#connections-rows td').count()).toBe(0)
  })
})

/** A long run has the size that docs/monitoring.md speaks of. */
const MANY = process.env.IPVSADM_LONG ? 1000 : 200

describe(`a table of ${MANY} services with 10 servers each`, () => {
  const service = (i: number) => `192.0.${i >> 8}.${i & 255}:80`
  const server = (i: number, j: number) => `10.${j}.${i >> 8}.${i & 255}:80`

  it('is drawn when it changes, and only where', async () => {
    let rules = ''
    for (let i = 0; i < MANY; i++) {
      rules += `-A -t ${service(i)} -s wlc\n`
      for (let j = 0; j < 10; j++) rules += `-a -t ${service(i)} -r ${server(i, j)} -m -w 1\n`
    }
    balancer.health = undefined
    await balancer.rules(rules)
    await page.reload()
    await page.locator('#total-servers', { hasText: (10 * MANY).toLocaleString('en') }).waitFor()
    // Servers are no elements before their service is unfolded.
    expect(await page.locator('#table tbody').count()).toBe(MANY)
    expect(await page.locator('tr.server').count()).toBe(0)
    await page
      .locator('.fold', { hasText: service(0) })
      .first()
      .click()
    expect(await page.locator('tr.server').count()).toBe(10)
    const quiet = await mutations()
    const places = [server(0, 3), service(0), 'total-active']
    const changed = await mutations(places, () => {
      balancer.kernel.setCounters(`tcp ${service(0)}`, { active: 7 }, server(0, 3))
    })
    // The clock alone goes on; then the server, its service and the total have other numbers.
    expect(quiet).toEqual(['clock'])
    expect(changed.sort()).toEqual(['clock', ...places].sort())
    expect(said).toEqual([])
  })

  /** The places that change after an act: until these have, and the clock has gone on twice after them. */
  async function mutations(wanted: readonly string[] = [], act = () => {}): Promise<string[]> {
    await page.evaluate(`
      window.seen = { places: new Set(), turns: 0 }
      seen.observer = new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target.nodeType === 1 ? target : target.parentElement
          const line = element.closest('tr')
          seen.places.add(line ? /[\\d.]+:\\d+/.exec(line.querySelector('th').textContent)[0] : element.id)
        }
        if (records.some(({ target }) => (target.nodeType === 1 ? target : target.parentElement).id === 'clock')) seen.turns++
      })
      seen.observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })`)
    act()
    const is = (text: string) => until(async () => (await page.evaluate(text)) === true)
    await is(`${JSON.stringify(wanted)}.every((place) => seen.places.has(place))`)
    await page.evaluate('seen.turns = 0')
    await is('seen.turns >= 2')
    return (await page.evaluate('seen.observer.disconnect(); [...seen.places]')) as string[]
  }
})

describe.each([1280, 360])('at %d pixels', (width) => {
  it.each(['light', 'dark'] as const)(
    '%s: is accessible, and does not scroll sideways',
    async (colorScheme) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
      expect(wide).toBeLessThanOrEqual(0)
      const table =
        '(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector("main .scroll"))'
      expect(await page.evaluate(table)).toBeLessThanOrEqual(0)
      expect(await axe(page)).toEqual([])
      if (process.env.IPVSADM_SCREENS !== undefined) {
        mkdirSync(process.env.IPVSADM_SCREENS, { recursive: true })
        await page.screenshot({
          path: `${process.env.IPVSADM_SCREENS}/page-${width}-${colorScheme}.png`,
          fullPage: width === 360,
        })
      }
    },
  )
})
