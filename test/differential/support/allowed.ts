// THE table of allowed differences: the only ones, each a row of docs/compatibility.md by the same id. A row brings both
// outcomes into a common form where it applies, and does as little as possible; any remaining difference is a bug.
import { OPTIONS } from '../../../lib/grammar/option-rows.ts'
import type { Outcome, Step } from './step.ts'

export interface Pair {
  readonly reference: Outcome
  readonly ours: Outcome
}

export interface AllowedDifference {
  /** The row's id in docs/compatibility.md. */
  readonly id: string
  /** The pair without this difference; the pair itself where the row does not apply. */
  readonly settle: (pair: Pair, step: Step) => Pair
}

const MODULE_MESSAGE = /^Can't initialize ipvs: .*\nAre you sure that IP Virtual Server is built/m
const NOTHING: Outcome = { status: 0, stdout: '', stderr: '' }
const SETTLED: Pair = { reference: NOTHING, ours: NOTHING }

const CONNECTIONS_REFUSED =
  "The option 'service-address' conflicts with the 'connection' option in the 'list' command\n"

const MALFORMED_LIST = 'malformed reply from the kernel: /proc/net/ip_vs_conn: '

/** Escapes control characters of rule lines that messages quote. */
const shown = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is shown
  text.replaceAll(/[\x00-\x09\x0b-\x1f\x7f]/g, (control) =>
    control === '\t' ? '\\t' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/** A refusal by the kernel is not an error of a line. */
const KERNEL_MESSAGE =
  /^(Service|Destination|Daemon) .*(exists|run|defined)$|^No (such|daemon)|^(Scheduler or|Memory|Invalid operation)/

const WARNING = /^line \d+: warning: /

const bothComplain = ({ reference, ours }: Pair) =>
  ours.status !== 0 && reference.stderr !== '' && ours.stderr !== ''

const firstLine = (text: string) => text.slice(0, text.indexOf('\n') + 1)

/** The words of a command, or of each line that it reads. */
function lines({ program, words, input = '' }: Step): readonly (readonly string[])[] {
  const reads = program === 'ipvsadm-restore' || /^(-R|--restore)$/.test(words[0] ?? '')
  return reads ? input.split('\n').map((line) => line.split(/[ \t]+/)) : [words]
}

/** Whether a command is this one; its letters may have others after them. */
const asks = (step: Step, command: RegExp) => lines(step).some(([word = '']) => command.test(word))

const HELP = /^(-h|--help$)/
const VERSION = /^(-v|--version$)/
const SAVE = /^(-S|--save$)/
const LIST = /^(-[Ll]|--list$)/

const restores = ({ program, words }: Step) =>
  program === 'ipvsadm' && /^(-R|--restore$)/.test(words[0] ?? '')

const outcomes = (pair: Pair, change: (outcome: Outcome) => Outcome): Pair => ({
  reference: change(pair.reference),
  ours: change(pair.ours),
})

const NEGATIVE_MARK = /^(FWM {2}|-[Aa] -f )(-\d+)( IPv6)?( *)/gm

/** The mark as it would be without its sign, in as many columns where it is padded. */
function unsigned(_: string, before: string, mark: string, family = '', blanks = ''): string {
  const label = `${BigInt.asUintN(32, BigInt(mark))}${family}`
  const width = mark.length + family.length + blanks.length
  return before + (blanks.length > 1 ? label.padEnd(width) : label + blanks)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/g

const EXTENSIONS = OPTIONS.filter(({ section }) => section === 'extensions')
const EXTENSION_WORD = new RegExp(
  `^(--(${EXTENSIONS.map(({ long }) => long).join('|')})(=|$)|-\\w*[${EXTENSIONS.map(({ short = '' }) => short).join('')}])`,
)

export const ALLOWED: readonly AllowedDifference[] = [
  {
    id: 'on-a-terminal',
    settle: (pair, { shell, words }) =>
      shell && words.at(-1)!.includes('script -qec')
        ? {
            ...pair,
            ours: {
              ...pair.ours,
              // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
              stdout: pair.ours.stdout.replaceAll(/\x1b\[\d*m|^Did you mean `.*'\?\r\n/gm, ''),
            },
          }
        : pair,
  },
  {
    id: 'help-anywhere',
    settle: (pair, step) =>
      (asks(step, HELP) || asks(step, VERSION)) &&
      MODULE_MESSAGE.test(pair.reference.stderr) &&
      pair.ours.status === 0
        ? SETTLED
        : pair,
  },
  {
    id: 'last-line',
    settle: (pair, step) =>
      (restores(step) || step.program === 'ipvsadm-restore') &&
      /[^ \t\r\n][ \t\r]{2,}$/.test(step.input ?? '') &&
      pair.reference.status === 0
        ? SETTLED
        : pair,
  },
  {
    // Where every line is well formed, only the numbers of lines are ours. Where one is not, the original has said what
    // we say of the first that is not.
    id: 'restore-checks-first',
    settle: (pair, step) => {
      if (!restores(step)) return pair
      const { reference, ours } = pair
      if (hasSkipped(step) && reference.status !== 0 && ours.status === 0) return SETTLED
      const located = /^line \d+: (.*)$/m.exec(ours.stderr)?.[1] ?? ''
      const told = shown(reference.stderr).split('\n')
      const malformed = ours.status !== 0 && ours.stdout === '' && !KERNEL_MESSAGE.test(located)
      if (malformed && told.includes(located)) return SETTLED
      return { reference, ours: { ...ours, stderr: ours.stderr.replaceAll(/^line \d+: /gm, '') } }
    },
  },
  {
    id: 'restore-in-place',
    settle: (pair, { program }) =>
      program === 'ipvsadm-restore' && (bothComplain(pair) || WARNING.test(pair.ours.stderr))
        ? SETTLED
        : pair,
  },
  {
    id: 'save-thresholds',
    settle: (pair, step) =>
      step.program === 'ipvsadm-save' || asks(step, SAVE)
        ? {
            ...pair,
            ours: {
              ...pair.ours,
              stdout: pair.ours.stdout.replaceAll(/^(-a .*?)( -x \d+)?( -y \d+)?$/gm, '$1'),
            },
          }
        : pair,
  },
  {
    id: 'save-flags',
    settle: (pair, step) =>
      step.program === 'ipvsadm-save' || asks(step, SAVE)
        ? {
            ...pair,
            ours: {
              ...pair.ours,
              stdout: pair.ours.stdout.replaceAll(
                /^(-A .* -s [sm]h\b.* -b )(?:([a-z,-]+),)?flag-3$/gm,
                (_, before: string, own = '') => before + own,
              ),
            },
          }
        : pair,
  },
  {
    id: 'fwmark-unsigned',
    settle: ({ reference, ours }) => ({
      reference: { ...reference, stdout: reference.stdout.replaceAll(NEGATIVE_MARK, unsigned) },
      ours,
    }),
  },
  {
    id: 'empty-flags',
    settle: (pair, step) =>
      lines(step).some((words) => words.some((word) => /^(-\w*b=?|--sched-flags=)?,+$/.test(word))) &&
      pair.reference.status >= 128 &&
      pair.ours.status === 2
        ? SETTLED
        : pair,
  },
  {
    id: 'silent-failure',
    settle: (pair, step) =>
      asks(step, LIST) &&
      /--(timeout|daemon)/.test(step.words.join(' ')) &&
      pair.reference.stderr === '' &&
      pair.reference.status !== 0 &&
      pair.ours.status === pair.reference.status
        ? { ...pair, ours: { ...pair.ours, stderr: '' } }
        : pair,
  },
  {
    id: 'control-characters',
    settle: (pair) => {
      const printed = pair.reference.stdout
      const visible = printed.replaceAll(CONTROL, '')
      if (visible === printed) return pair
      // Columns are padded to the printed text, which is shorter without them.
      const narrow = (outcome: Outcome, stdout: string) => ({
        ...outcome,
        stdout: stdout.replaceAll(/ +/g, ' '),
      })
      return { reference: narrow(pair.reference, visible), ours: narrow(pair.ours, pair.ours.stdout) }
    },
  },
  {
    id: 'help-text',
    settle: (pair, step) =>
      asks(step, HELP) && pair.ours.stdout.includes('\nUsage:\n')
        ? outcomes(pair, (outcome) => ({ ...outcome, stdout: firstLine(outcome.stdout) }))
        : pair,
  },
  {
    id: 'try-line',
    settle: (pair) => ({
      ...pair,
      reference: {
        ...pair.reference,
        stderr: pair.reference.stderr.replaceAll(
          /^Try `\S+ -h' or '\S+ --help'/gm,
          "Try `ipvsadm -h' or 'ipvsadm --help'",
        ),
      },
    }),
  },
  {
    id: 'connection-lines',
    settle: (pair, step) =>
      asks(step, LIST) &&
      step.words.some((word) => /^-\w*c|^--connection$/.test(word)) &&
      (pair.reference.status >= 128 || /^.{200}/m.test(pair.ours.stdout))
        ? SETTLED
        : pair,
  },
  {
    id: 'write-errors',
    settle: (pair, { output, shell }) => {
      const { reference, ours } = pair
      const lost = output !== undefined && reference.status === 0 && ours.status !== 0 && ours.stderr !== ''
      const unread = shell && reference.stdout === 'status 0\n' && ours.stdout === 'status 141\n'
      return lost || unread ? SETTLED : pair
    },
  },
  {
    id: 'restore-options',
    settle: (pair, { program, words }) =>
      program === 'ipvsadm-restore' &&
      words.some((word) => word.startsWith('--')) &&
      /^--\S*: unknown option\n$/.test(pair.ours.stderr) &&
      pair.ours.status === 2
        ? SETTLED
        : pair,
  },
  {
    id: 'read-errors',
    settle: (pair, { shell }) =>
      shell && pair.reference.status === 0 && /^EISDIR: /.test(pair.ours.stderr) && pair.ours.status === 255
        ? SETTLED
        : pair,
  },
  {
    id: 'malformed-lists',
    settle: (pair, { shell }) =>
      shell && pair.ours.stderr.startsWith(MALFORMED_LIST) && pair.ours.status === 255 ? SETTLED : pair,
  },
  {
    id: 'connections-of-service',
    settle: (pair, step) =>
      asks(step, LIST) &&
      pair.reference.stderr === CONNECTIONS_REFUSED &&
      /^(-\w*c|--connection$)/m.test(step.words.join('\n'))
        ? SETTLED
        : pair,
  },
  {
    id: 'extensions',
    settle: (pair, { words }) =>
      words.some((word) => EXTENSION_WORD.test(word)) && /unknown option|Try `/.test(pair.reference.stderr)
        ? SETTLED
        : pair,
  },
]

/** A comment or a byte order mark is refused by the reference, and skipped by ours. */
function hasSkipped({ input = '' }: Step): boolean {
  return /^(\ufeff|\xef\xbb\xbf)/.test(input) || input.split('\n').some((line) => /^\s*#/.test(line))
}
