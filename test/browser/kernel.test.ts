// The page over a real kernel with real connections: what it shows is what `ipvsadm -Ln --stats` lists, soon after it has
// happened.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { listedCounters, type Shell, startDirector } from '../support/director-guest.ts'
import { Guest } from '../support/guest.ts'
import { until } from '../support/until.ts'
import { openBrowser, openPage } from './support/browser.ts'
import { Tunnel } from './support/tunnel.ts'

const RULES = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 127.0.0.1:8080 -m -w 2 -x 100
-A -t 192.0.2.1:81 -s wlc
-a -t 192.0.2.1:81 -r 127.0.0.1:8080 -m -w 1
`
const PORT = 9456
/** The maximum time until a change arrives, in milliseconds. */
const SOON = 2000

let guest: Guest
let shell: Shell
let tunnel: Tunnel
let browser: Browser
let page: Page
const said: string[] = []

const fetchPage = (port: number, times = 1) =>
  shell(`for ((i = 0; i < ${times}; i++)); do curl -s http://192.0.2.1:${port}/ >/dev/null; done`)

beforeAll(async () => {
  guest = await Guest.start()
  shell = await startDirector(guest, RULES)
  await fetchPage(80, 5)
  await shell(
    `mkfifo /run/said && { ipvsadm serve --listen ${PORT} >/run/said 2>/run/errors & } && head -n 1 /run/said`,
  )
  tunnel = await Tunnel.start(guest, PORT)
  browser = await openBrowser()
  page = await openPage(browser)
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  await page.goto(tunnel.url)
  await page.locator('#status', { hasText: 'live' }).waitFor()
})
afterAll(async () => {
  await browser?.close()
  await tunnel?.stop()
  await guest?.stop()
})

/** Counters as the page shows them: connections, packets in and out, bytes in and out. */
async function shown(): Promise<string[][]> {
  const lines = await page.locator('#table tbody tr').all()
  return await Promise.all(
    lines.map(async (line) => {
      const cells = line.locator('td')
      const sums = await cells
        .locator('small')
        .evaluateAll((all) => all.map((one) => one.getAttribute('title')))
      const [into, out] = sums.map((title) => title!.replaceAll(',', '').match(/\d+/g)!)
      const connections = (await cells.nth(7).textContent())!.replaceAll(',', '')
      return [connections, into![1]!, out![1]!, into![0]!, out![0]!]
    }),
  )
}

/** Waits until the page shows the counters of the listing, and returns them. The kernel publishes them now and then. */
async function shownAsListed(): Promise<string[][]> {
  let listed: string[][] = []
  await until(async () => {
    listed = await listedCounters(shell)
    return JSON.stringify(await shown()) === JSON.stringify(listed)
  })
  return listed
}

describe('the page over a real kernel', () => {
  it('shows the counters of `ipvsadm -Ln --stats`', async () => {
    await page.locator('#total-connections').getByText('5', { exact: true }).waitFor()
    // The kernel publishes those of all services and of each at different moments.
    await until(async () => {
      const listed = await shownAsListed()
      return `${listed.map(([connections]) => Number(connections)).sort()}` === '0,0,5,5'
    })
  })

  it('shows a connection within two seconds', async () => {
    const times: number[] = []
    // A busy machine spoils single measurements.
    while (times.length < 20 && !(times.at(-1)! < SOON)) {
      // The page is watched in the page itself; both clocks are this machine's.
      const seen = page.evaluate(
        `new Promise((resolve) => {
          const wanted = '${6 + times.length}'
          const look = () => document.getElementById('total-connections').textContent === wanted && resolve(Date.now())
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
          look()
        })`,
      ) as Promise<number>
      const made = Number(await shell('curl -s http://192.0.2.1:81/ >/dev/null; date +%s%3N'))
      times.push((await seen) - made)
    }
    expect(times.at(-1)).toBeLessThan(SOON)
    await shownAsListed()
  })

  it('lists the connections of a service', async () => {
    await page.getByRole('button', { name: 'Connections of TCP 192.0.2.1:80' }).click()
    await page.locator('#connections-note', { hasText: '5 connections' }).waitFor()
    expect(await page.locator('#connections-rows tr').count()).toBe(5)
    await page.keyboard.press('Escape')
  })

  it('follows changes of the table', async () => {
    await shell('ipvsadm -e -t 192.0.2.1:80 -r 127.0.0.1:8080 -m -w 0 && ipvsadm -D -t 192.0.2.1:81')
    await page.locator('tr', { hasText: '127.0.0.1:8080' }).getByText('drained').waitFor()
    await page.locator('tbody', { hasText: '192.0.2.1:81' }).waitFor({ state: 'detached' })
    expect(await page.locator('#table tbody').count()).toBe(1)
    await shell('ipvsadm -A -t 192.0.2.1:22')
    await page.locator('tbody', { hasText: '192.0.2.1:22' }).waitFor()
    expect(await page.locator('.fold').allInnerTexts()).toEqual(['TCP 192.0.2.1:22', 'TCP 192.0.2.1:80'])
  })

  it('says nothing on the console, and the server nothing on stderr', async () => {
    expect(said).toEqual([])
    expect(await shell('cat /run/errors')).toBe('')
  })
})
