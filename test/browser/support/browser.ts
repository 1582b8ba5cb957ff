// Debian's chromium, without a window.
import { type Browser, chromium, type Page } from 'playwright-core'

const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** With a new profile each time. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: SWITCHES, timeout: 0 })

/** A page that waits without a time limit: a busy machine may take longer than Playwright's 30 seconds. */
export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(0)
  return page
}
