// `ipvsadm drain`: weight 0, then waiting until the real server's connections have ended.
import { Display } from '../drain/display.ts'
import { readContext } from '../drain/drain-settings.ts'
import { Signals } from '../drain/interruption.ts'
import { type DrainOptions, type DrainResult, drain } from '../drain/wait.ts'
import { parse } from '../grammar/parse.ts'
import { withNames } from '../grammar/resolve-hosts.ts'
import { openClient } from '../ipvs/open-client.ts'
import { UsageError } from '../model/errors.ts'
import type { Interruption, System } from '../system/system.ts'
import type { CommandOutcome } from './command-outcome.ts'
import { tellAgent } from './tell-agent.ts'

type Args = Readonly<Record<string, unknown>>

export async function run(args: Args, system: System): Promise<CommandOutcome> {
  const { service, server } = await readTarget(args, system)
  const endAfter = readSeconds('end-after', args['end-after'])
  const options: DrainOptions = {
    timeout: readSeconds('timeout', args.timeout),
    endAfter,
    deleteServer: args.delete === true || endAfter !== undefined,
    restoreWeight: args['restore-weight'] === true,
  }
  const client = await openClient(system)
  const signals = new Signals(system)
  try {
    const context = await readContext(client, service, system)
    const display = new Display(client, system, context, {
      json: args.json === true,
      willEnd: endAfter !== undefined,
    })
    const outcome = await drain(client, service, server, options, {
      now: () => performance.now(),
      sleep: (milliseconds) => signals.sleep(milliseconds),
      interrupted: () => signals.caught !== undefined,
      quiesced: (server) => tellAgent(system, service, server, 0),
      progress: (server, left, elapsed) => display.progress(server, left, elapsed),
    })
    await display.finish(outcome)
    return outcomeOf(outcome.ending, signals.caught)
  } finally {
    signals.end()
    client.close()
  }
}

const TARGETS = ['tcp-service', 'udp-service', 'sctp-service', 'fwmark-service'] as const

/** The server, by the classic grammar of `-d`. */
async function readTarget(args: Args, system: System) {
  const words = ['--delete-server']
  for (const name of [...TARGETS, 'real-server']) {
    for (const value of [args[name] ?? []].flat()) words.push(`--${name}`, String(value))
    if (name === 'fwmark-service' && args.ipv6 === true) words.push('--ipv6')
  }
  try {
    const command = await withNames(system.names, (names) => parse(words, names), { explain: true })
    if (command.kind !== 'delete-server') throw new UsageError(`unexpected ${command.kind}`)
    return command
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(
      `drain: ${error.message.replace("'delete-server' command", "'drain' command")}`,
      error.kind,
    )
  }
}

/** Seconds: 31 days. */
const LONGEST_WAIT = 31 * 24 * 60 * 60

/** Milliseconds. */
function readSeconds(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(String(value)) || Number(value) > LONGEST_WAIT) {
    const wanted = `must be a number of seconds from 0 to ${LONGEST_WAIT}`
    throw new UsageError(`drain: invalid --${option} \`${value}': ${wanted}`)
  }
  return Number(value) * 1000
}

function outcomeOf(ending: DrainResult, caught: Interruption | undefined): CommandOutcome {
  switch (ending) {
    case 'drained':
    case 'ended':
    case 'deleted':
      return 'done'
    case 'timed-out':
    case 'revived':
      return 'not-drained'
    case 'interrupted':
      return caught ?? 'SIGINT'
  }
}
