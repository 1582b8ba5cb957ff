// `ipvsadm serve`: metrics and the page of this director, without rules or checks. Errors are reported in here: it is a
// bundle of its own, whose errors the rest of the program does not know.
import { hostname } from 'node:os'
import { runBundle } from '../commands/bundle-errors.ts'
import type { CommandOutcome } from '../commands/command-outcome.ts'
import { readSelection } from '../commands/metrics.ts'
import type { OptionValues } from '../grammar/subcommand-rows.ts'
import { decodeText } from '../model/bytes.ts'
import { UsageError } from '../model/errors.ts'
import type { System } from '../system/system.ts'
import { type AccessFiles, accessWarnings, readAccess } from './access.ts'
import { type MonitorOptions, monitor } from './handler.ts'
import { linkTo, listen } from './listen.ts'
import { isLoopback, type ListenAddress, parseListen } from './listen-address.ts'
import { userLine } from './passwords.ts'
import { kernelSource } from './source.ts'

export async function run(args: OptionValues, system: System): Promise<CommandOutcome> {
  return await runBundle('serve', args, system, () =>
    args.hash === undefined ? serve(args, system) : printHash(String(args.hash), system),
  )
}

async function printHash(name: string, system: System): Promise<CommandOutcome> {
  if (!/^[^:\s]{1,64}$/.test(name)) throw new UsageError(`invalid user name \`${name}'`)
  const password = decodeText(system.readInput()).replace(/\r?\n$/, '')
  if (password === '') throw new UsageError('the password on stdin is empty')
  system.writeOutput(`${await userLine(name, password)}\n`)
  return 'done'
}

async function serve(args: OptionValues, system: System): Promise<CommandOutcome> {
  const address = readAddress(String(args.listen))
  const access = readAccess(filesOf(args), system)
  const { tls, verify, token } = access
  if (token !== undefined && tls === undefined && !isLoopback(address))
    throw new UsageError('--admin-token needs --tls-cert and --tls-key, except on localhost')
  for (const warning of accessWarnings(address, access)) system.writeError(`serve: warning: ${warning}\n`)
  const source = kernelSource(system)
  const options: MonitorOptions = {
    source,
    names: [hostname(), ...words(args.name)],
    selection: readSelection(args),
    ...(verify !== undefined && { verify }),
    ...(token !== undefined && { admin: { token, audit: (line) => system.writeError(`${line}\n`) } }),
  }
  try {
    // Reported now rather than by the first request.
    await source.visit({ service: () => {}, servers: () => {} })
    const { handle, close } = monitor(options)
    const ended = interruption(system)
    const server = await listen(address, handle, tls)
    try {
      system.writeOutput(`listening on ${linkTo(server, tls !== undefined)}\n`)
      await ended
    } finally {
      close()
      server.close()
      server.closeAllConnections()
    }
    return 'done'
  } finally {
    source.close()
  }
}

function filesOf(args: OptionValues): AccessFiles {
  const path = (name: string) => (args[name] === undefined ? undefined : String(args[name]))
  const files = {
    certificate: path('tls-cert'),
    key: path('tls-key'),
    authority: path('client-ca'),
    users: path('users'),
    token: path('admin-token'),
  }
  const { certificate, key, authority } = files
  if ((certificate === undefined) !== (key === undefined) || (authority !== undefined && key === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together; --client-ca needs both')
  return files
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
