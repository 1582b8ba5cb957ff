// THE table of subcommands, which the original does not have: one record each. Their parser, help,
// completion and manual derive from it. Long texts: lib/help/subcommands.txt, by name.
import { FLEET_ROW } from './fleet-row.ts'
import {
  classic,
  FILE,
  JSON_OPTION,
  KEEP_GOING,
  KEEP_WEIGHTS,
  NO_SERVERS,
  SCOPE,
  type SubcommandOption,
  VERBOSE,
  WAIT,
  type WordRow,
} from './subcommand-options.ts'

export interface SubcommandRow {
  readonly name: string
  readonly words: readonly WordRow[]
  readonly options: readonly SubcommandOption[]
  readonly help: string
  /** Takes all words unchanged: none is an option. */
  readonly verbatim?: boolean
  /** Takes the words after `--` unchanged, as a command line. */
  readonly line?: boolean
  /** Runs on Node alone: the package that has it, for those who run something else. */
  readonly onNode?: string
}

/** Values of options and words by their long names, as typed; true for a switch. */
export type OptionValues = Readonly<Record<string, unknown>>

const SHELLS = ['bash', 'zsh', 'fish'] as const

const ROWS = [
  {
    name: 'apply',
    words: [FILE],
    options: [SCOPE, KEEP_WEIGHTS, WAIT, KEEP_GOING, VERBOSE],
    help: 'make the table equal to a file with the fewest changes, or change nothing',
  },
  {
    name: 'check',
    words: [FILE],
    options: [{ ...VERBOSE, help: 'print the number of services and servers' }],
    help: 'report the errors of a rule file; needs neither root nor a kernel',
  },
  {
    name: 'drain',
    words: [],
    options: [
      ...classic('service-address', 'ipv6', 'real-server'),
      {
        long: 'timeout',
        argument: 'required',
        valueName: 'seconds',
        help: 'the maximum time to wait, in seconds',
      },
      {
        long: 'end-after',
        argument: 'required',
        valueName: 'seconds',
        help: 'seconds after which to delete the server, drained or not',
      },
      { long: 'delete', argument: 'none', help: 'delete the server when it has drained' },
      {
        long: 'restore-weight',
        argument: 'none',
        help: 'restore the previous weight of the server when interrupted',
      },
      { ...JSON_OPTION, help: 'print only the outcome, as JSON' },
    ],
    help: 'take a real server out of service: weight 0, then wait until its connections have ended',
  },
  {
    name: 'diff',
    words: [FILE],
    options: [SCOPE, KEEP_WEIGHTS, { ...JSON_OPTION, help: 'print the changes as JSON' }],
    help: 'print the changes that apply would make; status 0: none, 1: some, 2: an error',
  },
  {
    name: 'doctor',
    words: [],
    options: [
      { ...JSON_OPTION, help: 'print the findings as JSON' },
      { long: 'fix', argument: 'none', help: 'print the fixes as a shell script; changes nothing' },
      { long: 'probe', argument: 'none', help: 'connect to the TCP real servers: sends packets' },
      {
        long: 'timeout',
        argument: 'required',
        valueName: 'seconds',
        help: 'seconds to wait for the answer of a real server to --probe; 3 by default',
      },
    ],
    help: 'report the faults that prevent this director from balancing; changes nothing',
  },
  {
    name: 'agent',
    onNode: 'ipvsadm-agent',
    words: [
      {
        name: 'action',
        optional: true,
        choices: ['run', 'check', 'status', 'reload', 'import'],
        help: 'run (the default), check the configuration, show the status of the running agent, have it reload, import a file of ldirectord or keepalived',
      },
      { name: 'file', optional: true, file: true, help: 'the file that is checked or imported' },
    ],
    options: [
      {
        long: 'config',
        argument: 'required',
        valueName: 'file',
        default: '/etc/ipvsadm/agent.yaml',
        help: 'the configuration',
      },
      {
        long: 'socket',
        argument: 'required',
        valueName: 'path',
        help: 'the control socket of the running agent, if it is not that of the configuration',
      },
      {
        long: 'output',
        argument: 'required',
        valueName: 'folder',
        help: 'the folder in which import writes agent.yaml and the rules; without it they are printed',
      },
      { ...JSON_OPTION, help: 'print the status as JSON' },
    ],
    help: 'check the real servers, and keep the table as the rules and their health require',
  },
  FLEET_ROW,
  {
    name: 'namespaces',
    words: [],
    options: [{ ...JSON_OPTION, help: 'print the list as JSON' }],
    help: 'list the network namespaces of this machine that have an IPVS table',
  },
  {
    name: 'serve',
    onNode: 'ipvsadm-agent',
    words: [],
    options: [
      {
        long: 'listen',
        argument: 'required',
        valueName: 'address',
        default: '127.0.0.1:9456',
        help: 'the address to listen on: PORT, ADDRESS:PORT, [ADDRESS]:PORT, or :PORT for all addresses',
      },
      {
        long: 'name',
        argument: 'required',
        valueName: 'host',
        repeatable: true,
        help: 'another name by which browsers may address this server, beside its host name',
      },
      SCOPE,
      NO_SERVERS,
      { long: 'tls-cert', argument: 'required', valueName: 'file', help: 'the certificate, for TLS' },
      { long: 'tls-key', argument: 'required', valueName: 'file', help: 'its key' },
      {
        long: 'client-ca',
        argument: 'required',
        valueName: 'file',
        help: 'the authority that must have issued the certificates of clients',
      },
      {
        long: 'users',
        argument: 'required',
        valueName: 'file',
        help: 'the users and the hashes of their passwords, as --hash prints them',
      },
      {
        long: 'admin-token',
        argument: 'required',
        valueName: 'file',
        help: 'let requests with the token of this file drain servers and set weights',
      },
      {
        long: 'hash',
        argument: 'required',
        valueName: 'user',
        help: 'print the line of a user for --users; the password is on stdin',
      },
    ],
    help: 'serve metrics and a page of this director over HTTP, on localhost by default',
  },
  {
    name: 'top',
    words: [],
    options: [
      {
        long: 'interval',
        argument: 'required',
        valueName: 'seconds',
        default: '1',
        help: 'seconds between two readings',
      },
    ],
    help: 'show a live view of services, servers and connections; reads only',
  },
  {
    name: 'metrics',
    words: [],
    options: [
      SCOPE,
      NO_SERVERS,
      { long: 'no-connections', argument: 'none', help: 'do not count connections by state' },
      {
        long: 'node-exporter-names',
        argument: 'none',
        help: "the names and labels of node_exporter's ipvs collector instead",
      },
    ],
    help: 'print the metrics once, in the text format of Prometheus; reads only',
  },
  {
    name: 'help',
    verbatim: true,
    options: [],
    help: 'explain an option, a command or a topic',
    words: [{ name: 'word', optional: true, help: 'such as nat, weight, -w or add-service' }],
  },
  {
    name: 'completion',
    line: true,
    options: [],
    help: 'print the completion script of a shell',
    words: [
      {
        name: 'shell',
        choices: [...SHELLS, 'words'],
        help: "bash, zsh or fish; the scripts call `words -- LINE' for the candidates",
      },
    ],
  },
  {
    name: 'version',
    words: [],
    options: [{ ...JSON_OPTION, help: 'print the versions as JSON' }],
    help: 'print the version, runtime and build of this program',
  },
] as const satisfies readonly SubcommandRow[]

export type SubcommandName = (typeof ROWS)[number]['name']
/** Those that run on Node alone. */
export type NodeSubcommandName = Extract<(typeof ROWS)[number], { readonly onNode: string }>['name']
export type Shell = (typeof SHELLS)[number]

/** Found once: the search takes longer than the rest of the table. */
const NETNS = classic('netns')

/** Every subcommand whose words are read may work in another network namespace. */
export const SUBCOMMAND_ROWS: readonly (SubcommandRow & { readonly name: SubcommandName })[] = ROWS.map(
  (row: SubcommandRow & { readonly name: SubcommandName }) =>
    row.verbatim === true ? row : { ...row, options: [...row.options, ...NETNS] },
)

/** The row of this name; undefined: the word belongs to the classic grammar. */
export function subcommandRow(name: string | undefined) {
  return SUBCOMMAND_ROWS.find((row) => row.name === name)
}

/** The options of `ipvsadm-restore`, which are those of `apply`. */
export const RESTORE_OPTIONS: readonly SubcommandOption[] = subcommandRow('apply')!.options
