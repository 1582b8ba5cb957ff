// The check of a real_server in keepalived.conf.
import type { ServiceId } from '../../model/service.ts'
import { isFwmark } from '../../model/service.ts'
import { FORMATS } from '../config/formats.ts'
import type { RawCheck } from '../config/validate.ts'
import { readCount, readPerlPattern, readPort, readRequest, timing } from './import-values.ts'
import type { Notes } from './imported.ts'
import { type Block, lineOf, switchOf, wordAfter } from './keepalived-blocks.ts'

const CHECKERS = [
  'TCP_CHECK',
  'HTTP_GET',
  'SSL_GET',
  'SMTP_CHECK',
  'DNS_CHECK',
  'MISC_CHECK',
  'UDP_CHECK',
  'PING_CHECK',
  'BFD_CHECK',
  'FILE_CHECK',
] as const
type Checker = (typeof CHECKERS)[number]

/** keepalived's own: seconds, and repetitions after a failure. */
const DEFAULT_DELAY = 60
const DEFAULT_TIMEOUT = 5
const RETRIES: Partial<Record<Checker, number>> = { DNS_CHECK: 3, MISC_CHECK: 0 }

/** Without a checker keepalived takes a server to be always up. */
export function keepalivedCheck(server: Block, virtual: Block, service: ServiceId, notes: Notes): RawCheck {
  const checkers = server.lines.filter(({ words }) => isChecker(words[0]))
  const [checker, ...others] = checkers
  for (const { line, words } of others) {
    notes.add(line, `left out: ${words[0]}, a server has one check in the agent`)
  }
  const kind = checker?.words[0]
  if (checker === undefined || !isChecker(kind)) return { kind: 'none' }
  const common = commonCheck(kind, [checker, server, virtual], notes)
  const isUdp = !isFwmark(service) && service.protocol === 'udp'
  switch (kind) {
    case 'TCP_CHECK':
      return { kind: 'tcp', ...common }
    case 'HTTP_GET':
    case 'SSL_GET':
      return httpCheck(kind === 'HTTP_GET' ? 'http' : 'https', [checker, server, virtual], common, notes)
    case 'SMTP_CHECK':
      notes.add(checker.line, 'SMTP_CHECK becomes tcp: the agent does not speak it')
      return { kind: 'tcp', ...common }
    case 'PING_CHECK': {
      const other = isUdp ? 'udp' : 'tcp'
      notes.add(checker.line, `PING_CHECK becomes ${other}: the agent sends no ICMP`)
      return { kind: other, ...common }
    }
    case 'DNS_CHECK':
      return {
        kind: 'dns',
        ...common,
        name: wordAfter([checker], 'name') ?? '.',
        type: (wordAfter([checker], 'type') ?? 'SOA').toUpperCase(),
      }
    case 'MISC_CHECK':
      return miscCheck(checker, common, notes)
    case 'UDP_CHECK':
      return udpCheck(checker, common, notes)
    case 'BFD_CHECK':
    case 'FILE_CHECK':
      notes.add(checker.line, `left out: the agent has no ${kind}; the server is always up`)
      return { kind: 'none' }
  }
}

const isChecker = (word: string | undefined): word is Checker => CHECKERS.some((name) => name === word)

function commonCheck(kind: Checker, blocks: readonly Block[], notes: Notes): RawCheck {
  const [checker] = blocks
  const line = checker?.line ?? 1
  const seconds = (...keywords: string[]) => {
    const value = wordAfter(blocks, ...keywords)
    return value !== undefined && /^\d+(\.\d+)?$/.test(value) && Number(value) <= 3600
      ? Number(value)
      : undefined
  }
  const delay = Math.max(seconds('delay_loop') ?? DEFAULT_DELAY, 0.1)
  const timeout = Math.max(
    (kind === 'MISC_CHECK' ? (seconds('misc_timeout') ?? delay) : seconds('connect_timeout')) ??
      DEFAULT_TIMEOUT,
    0.001,
  )
  const { times, longer } = timing(delay, timeout)
  if (longer && (kind !== 'MISC_CHECK' || seconds('misc_timeout') !== undefined)) {
    notes.add(line, `the interval is ${times.interval}: a timeout of ${timeout} s must be less`)
  }
  const retries =
    readCount(wordAfter(blocks, 'retry', 'nb_get_retry', 'misc_retry'), 999) ?? RETRIES[kind] ?? 1
  if (retries > 0 && wordAfter(blocks, 'delay_before_retry') !== undefined) {
    notes.add(line, 'left out: delay_before_retry, a failed check is repeated after the interval')
  }
  for (const keyword of ['bind_port', 'bind_if', 'fwmark'] as const) {
    const found = checker && lineOf(checker, keyword)
    if (found !== undefined) notes.add(found.line, `left out: ${keyword}`)
  }
  const own = checker === undefined ? [] : [checker]
  const port = readPort(wordAfter(own, 'connect_port') ?? '')
  const address = wordAfter(own, 'connect_ip')
  const source = wordAfter(own, 'bindto')
  return {
    ...times,
    rise: 1,
    fall: retries + 1,
    ...(port && { port }),
    ...(isAddress(address) && { address }),
    ...(isAddress(source) && { source }),
  }
}

const isAddress = (text: string | undefined): text is string =>
  text !== undefined && FORMATS.address?.test(text) === true

function httpCheck(
  kind: 'http' | 'https',
  blocks: readonly Block[],
  common: RawCheck,
  notes: Notes,
): RawCheck {
  const [checker] = blocks
  const urls = checker?.lines.filter(({ words }) => words[0] === 'url') ?? []
  const [url, ...others] = urls
  for (const { line } of others) notes.add(line, 'left out: the check asks for the first url alone')
  const inUrl = url === undefined ? [] : [url]
  const host = wordAfter([...inUrl, ...blocks], 'virtualhost')
  const isHost = host !== undefined && FORMATS.host?.test(host) === true
  if (url !== undefined && lineOf(url, 'digest') !== undefined) {
    notes.add(lineOf(url, 'digest')?.line ?? url.line, 'left out: digest; use body, a regular expression')
  }
  const body = url && readBody(url, notes)
  const words = url && lineOf(url, 'status_code')?.words.slice(1)
  const statuses = words?.filter((word) => FORMATS.statuses?.test(word) === true) ?? []
  return {
    kind,
    ...common,
    path: readRequest(wordAfter(inUrl, 'path') ?? '/').path,
    ...(isHost && { host }),
    statuses: statuses.length > 0 ? statuses : ['200-299'],
    ...(body !== undefined && { body }),
    // keepalived does not look at certificates.
    ...(kind === 'https' && { verify: false }),
  }
}

/** A pattern that must not match becomes one that matches where it does not. */
function readBody(url: Block, notes: Notes): string | undefined {
  const regex = lineOf(url, 'regex')
  if (regex === undefined) return undefined
  const text = regex.words.slice(1).join(' ')
  const options = lineOf(url, 'regex_options')
  if (options !== undefined) notes.add(options.line, 'left out: regex_options')
  const pattern = readPerlPattern(switchOf([url], 'regex_no_match') ? `^(?![\\s\\S]*(?:${text}))` : text)
  if (pattern === undefined) notes.add(regex.line, `left out: JavaScript does not read the pattern ${text}`)
  return pattern
}

function miscCheck(checker: Block, common: RawCheck, notes: Notes): RawCheck {
  for (const keyword of ['misc_dynamic', 'user']) {
    const found = lineOf(checker, keyword)
    if (found === undefined) continue
    notes.add(
      found.line,
      keyword === 'user'
        ? 'left out: the program runs as the user of the agent'
        : 'left out: misc_dynamic; a status other than 0 is down (see the kind agent for weights)',
    )
  }
  const command = (lineOf(checker, 'misc_path')?.words.slice(1) ?? []).flatMap(programWords)
  return { kind: 'exec', ...common, command }
}

/** The words of a program and its arguments; quotes in it keep blanks together. */
function programWords(text: string): string[] {
  return (text.match(/'[^']*'|[^\s']+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'))
}

function udpCheck(checker: Block, common: RawCheck, notes: Notes): RawCheck {
  const payload = lineOf(checker, 'payload')?.words.slice(1).join('') ?? ''
  const reply = lineOf(checker, 'require_reply')
  const isHex = /^(?:[0-9a-fA-F]{2})*$/.test(payload)
  if (!isHex) notes.add(checker.line, 'left out: payload; bytes need two digits each')
  return {
    kind: 'udp',
    ...common,
    ...(isHex && payload !== '' && { sendHex: payload }),
    ...(reply !== undefined && { expect: replyPattern(reply.words.slice(1).join('')) }),
  }
}

/** The pattern of a reply in hexadecimal digits, of which an x stands for any; without digits any reply will do. */
function replyPattern(digits: string): string {
  if (digits === '' || !/^(?:[0-9a-fx]{2})*$/i.test(digits)) return '^'
  const bytes = (digits.toLowerCase().match(/../g) ?? []).map((pair) => {
    if (!pair.includes('x')) return `\\x${pair}`
    const values = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))
    const fits = values.filter((value) => [...pair].every((digit, i) => digit === 'x' || digit === value[i]))
    return fits.length === 256 ? '[\\s\\S]' : `[${fits.map((value) => `\\x${value}`).join('')}]`
  })
  return `^${bytes.join('')}`
}
