// `ipvsadm serve`: metrics and the page of this director, without rules or checks. Errors are reported in here: it is a
// bundle of its own, whose errors the rest of the program does not know.
import { hostname } from 'node:os'
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { readText } from '../commands/file-options.ts'
import { readSelection } from '../commands/metrics.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { UsageError } from '../model/errors.ts'
import { describe } from '../output/messages.ts'
import { visible } from '../output/visible.ts'
import type { System } from '../system/system.ts'
import { type MonitorOptions, monitor } from './handler.ts'
import { isLoopback, type ListenAddress, linkTo, listen, parseListen, type TlsFiles } from './listen.ts'
import { parseUsers, userLine, verifier } from './passwords.ts'
import { kernelSource } from './source.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  try {
    if (args.hash !== undefined) return await printHash(String(args.hash), system)
    return await serve(args, system)
  } catch (error) {
    system.writeError(`serve: ${visible(describe(error as Error), 1000)}\n`)
    return error instanceof UsageError ? 'refused' : 'failed'
  }
}

async function printHash(name: string, system: System): Promise<CommandOutcome> {
  if (!/^[^:\s]{1,64}$/.test(name)) throw new UsageError(`invalid user name \`${name}'`)
  const password = system.readInput().replace(/\r?\n$/, '')
  if (password === '') throw new UsageError('the password on stdin is empty')
  system.writeOutput(`${await userLine(name, password)}\n`)
  return 'done'
}

async function serve(args: OptionValues, system: System): Promise<CommandOutcome> {
  const address = readAddress(String(args.listen))
  const tls = readTls(args, system)
  const source = kernelSource(system)
  const options: MonitorOptions = {
    source,
    names: [hostname().toLowerCase(), ...words(args.name).map((name) => name.toLowerCase())],
    selection: readSelection(args),
    ...(args.users !== undefined && { verify: readUsers(String(args.users), system) }),
    ...(args['admin-token'] !== undefined && {
      admin: {
        token: readToken(String(args['admin-token']), system),
        audit: (line: string) => system.writeError(`${line}\n`),
      },
    }),
  }
  checkReach(address, tls, options, system)
  try {
    // Reported now rather than by the first request.
    await source.observe()
    const { handle, close } = monitor(options)
    const ended = interruption(system)
    const server = await listen(address, handle, tls)
    system.writeOutput(`listening on ${linkTo(server, tls !== undefined)}\n`)
    await ended
    close()
    server.close()
    server.closeAllConnections()
    return 'done'
  } finally {
    source.close()
  }
}

const words = (value: unknown) => (value ?? []) as readonly string[]

const interruption = (system: System) =>
  new Promise<void>((resolve) => {
    system.onInterrupt?.(() => resolve())
  })

function readAddress(text: string): ListenAddress {
  const address = parseListen(text)
  if (address === undefined)
    throw new UsageError(`invalid address \`${text}': must be PORT, ADDRESS:PORT, [ADDRESS]:PORT or :PORT`)
  return address
}

function readTls(args: OptionValues, system: System): TlsFiles | undefined {
  const { 'tls-cert': cert, 'tls-key': key, 'client-ca': authority } = args
  if (cert === undefined && key === undefined && authority === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new UsageError('--tls-cert and --tls-key belong together; --client-ca needs both')
  return {
    cert: readBytes(String(cert), system),
    key: readBytes(String(key), system),
    clientAuthority: authority === undefined ? undefined : readBytes(String(authority), system),
  }
}

function readBytes(path: string, system: System): Uint8Array {
  try {
    return system.readFile(path)
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`)
  }
}

function readUsers(path: string, system: System) {
  const users = parseUsers(readText(path, system))
  if ('wrongLine' in users)
    throw new UsageError(`${path}: line ${users.wrongLine}: must be a line that serve --hash NAME prints`)
  if (users.size === 0) throw new UsageError(`${path}: has no users`)
  return verifier(users)
}

const SHORTEST_TOKEN = 16

function readToken(path: string, system: System): string {
  const token = readText(path, system).trim()
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < SHORTEST_TOKEN)
    throw new UsageError(`${path}: must have one line of at least ${SHORTEST_TOKEN} printable characters`)
  return token
}

/** Warns of what others can see, and refuses to have a token sent in clear text. */
function checkReach(
  address: ListenAddress,
  tls: TlsFiles | undefined,
  { verify, admin }: MonitorOptions,
  system: System,
): void {
  if (isLoopback(address)) return
  if (admin !== undefined && tls === undefined)
    throw new UsageError('--admin-token needs --tls-cert and --tls-key, except on localhost')
  const lacking = [
    ...(tls === undefined ? ['without TLS'] : []),
    ...(verify === undefined && tls?.clientAuthority === undefined ? ['without authentication'] : []),
  ]
  if (lacking.length === 0) return
  system.writeError(`serve: warning: other machines can reach this, ${lacking.join(' and ')}\n`)
}
