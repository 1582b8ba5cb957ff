// `ipvsadm agent`: runs the agent, or asks one that runs. Errors are reported in here: the agent is a bundle of its own,
// whose errors the rest of the program does not know.
import { runBundle } from '../commands/bundle-errors.ts'
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { clusterSettings } from '../fleet/fleet-settings.ts'
import { tlsProblem } from '../fleet/tls-files.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { TransportError, UsageError } from '../model/errors.ts'
import { describeInLine } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import type { System } from '../system/system.ts'
import { type AgentStatus, formatStatus } from './agent-status.ts'
import { runCheck } from './checks/run-check.ts'
import { realClock } from './clock.ts'
import type { AgentConfig } from './config/config.ts'
import { DEFAULTS } from './config/config-defaults.ts'
import { readConfig } from './config/read.ts'
import { ask, type ControlAnswer } from './control.ts'
import { serveProblems } from './monitor-mount.ts'
import { programNotes } from './program-notes.ts'
import { withRegularFiles } from './regular-files.ts'
import { nodeRulesFiles, readRules } from './rules-watch.ts'
import { runAgent } from './run-agent.ts'
import { decodeUtf8 } from './utf8.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  return await runBundle('agent', args, system, async () => {
    const action = (args.action ?? 'run') as keyof typeof ACTIONS
    if (args.file !== undefined && !TAKE_FILE.includes(action))
      throw new UsageError(`${action} takes no file; --config names the configuration`)
    return await ACTIONS[action](args, withRegularFiles(system))
  })
}

const TAKE_FILE: readonly string[] = ['check', 'import']

const ACTIONS = {
  async run(args: OptionValues, system: System): Promise<CommandOutcome> {
    const path = String(args.config)
    const read = readConfiguration(path, system)
    if ('problems' in read) return refused(read.problems, args, system)
    const failed = await runAgent(read.config, {
      system,
      clock: realClock,
      check: runCheck,
      files: nodeRulesFiles,
      // Loaded for a fleet alone: the client of etcd is half of the bundle.
      openStore: async (settings) => (await import('../fleet/open-store.ts')).openStore(settings, system),
      readConfig: async () => readConfiguration(path, system),
    })
    return failed === undefined ? 'done' : refused(failed.problems, args, system)
  },

  /** The configuration, and the files that it names. */
  async check(args: OptionValues, system: System): Promise<CommandOutcome> {
    const read = readConfiguration(String(args.file ?? args.config), system)
    if ('problems' in read) return refused(read.problems, args, system)
    const problems = [
      ...(await rulesProblems(read.config.rules, system)),
      ...serveProblems(read.config.serve, system),
    ]
    const notes = programNotes(read.config)
    if (problems.length > 0) return refused([...problems, ...notes], args, system)
    complain(notes, system)
    return 'done'
  },

  async status(args: OptionValues, system: System): Promise<CommandOutcome> {
    const answer = await askAgent(args, system, 'status', 'services')
    const status = answer as unknown as AgentStatus
    const text =
      args.json === true ? `${JSON.stringify(status, null, 2)}\n` : formatStatus(status, new Date())
    system.writeOutput(text)
    return status.down > 0 || status.problem !== null ? 'found' : 'done'
  },

  async reload(args: OptionValues, system: System): Promise<CommandOutcome> {
    const answer = await askAgent(args, system, 'reload', 'problems')
    const problems = answer.problems as readonly string[]
    return problems.length === 0 ? 'done' : refused(problems, args, system)
  },

  /** Loaded when it is needed: the agent that runs has no use for it. */
  async import(args: OptionValues, system: System): Promise<CommandOutcome> {
    const { importFile } = await import('./import/action.ts')
    const problems = importFile(args, system)
    return problems.length === 0 ? 'done' : refused(problems, args, system)
  },
}

/** Problems of the rule file, or of the files of the connection to a fleet; the cluster is not asked. */
async function rulesProblems(source: AgentConfig['rules'], system: System): Promise<readonly string[]> {
  if ('file' in source) {
    const read = await readRules(source.file, system, nodeRulesFiles)
    return 'problems' in read ? read.problems : []
  }
  const settings = clusterSettings(source.etcd.cluster, system)
  const wrong = 'problem' in settings ? settings.problem : tlsProblem(source.etcd.cluster, settings.cluster)
  return wrong === undefined ? [] : [`rules.etcd: ${wrong}`]
}

type ConfigRead = { readonly config: AgentConfig } | { readonly problems: readonly string[] }

/** Reads the file; one that cannot be read is a problem too. */
function readConfiguration(path: string, system: System): ConfigRead {
  let bytes: Uint8Array
  try {
    bytes = path === '-' ? system.readInput() : system.readFile(path)
  } catch (error) {
    return { problems: [`cannot read ${path}: ${(error as Error).message}`] }
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { problems: [`${path}: not UTF-8`] }
  const read = readConfig(text)
  if ('config' in read) return read
  const place = (line: number, at: string) => `${path}:${line}${at === '' ? '' : `: ${at}`}`
  return { problems: read.problems.map(({ line, path: at, message }) => `${place(line, at)}: ${message}`) }
}

/** @param list the list that an answer without an error has. Throws a TransportError with the error of another one. */
async function askAgent(
  args: OptionValues,
  system: System,
  request: string,
  list: string,
): Promise<ControlAnswer> {
  const socket = socketOf(args, system)
  const noAgent = (why: string): never => {
    throw new TransportError(`no agent answers at ${socket}: ${why}`)
  }
  const answer = await ask(socket, request).catch((error: Error) => noAgent(describeInLine(error)))
  if ('error' in answer) throw new TransportError(String(answer.error))
  return Array.isArray(answer[list]) ? answer : noAgent('not the answer of an agent')
}

/** The socket that is named, or that of the configuration; without a readable one, the usual one. */
function socketOf(args: OptionValues, system: System): string {
  if (args.socket !== undefined) return String(args.socket)
  const read = readConfiguration(String(args.config), system)
  return 'config' in read ? read.config.socket : DEFAULTS.socket
}

/** Reports problems in a line each. Where the words request JSON, throws them as an error. */
function refused(problems: readonly string[], args: OptionValues, system: System): CommandOutcome {
  if (args.json === true) throw new UsageError(problems.map((text) => visible(text, 1000)).join('\n'))
  complain(problems, system)
  return 'refused'
}

function complain(problems: readonly string[], system: System): void {
  system.writeError(problems.map((text) => `agent: ${visible(text, 1000)}\n`).join(''))
}
