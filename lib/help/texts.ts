// Long texts of options, commands, subcommands and topics, from the plain-text files of this folder. The help
// subcommand prints them, and the manual pages contain them.
import commands from './commands.txt'
import findings from './findings.txt'
import options from './options.txt'
import subcommands from './subcommands.txt'
import dr from './topics/dr.txt'
import exitStatus from './topics/exit-status.txt'
import marks from './topics/marks.txt'
import nat from './topics/nat.txt'
import netns from './topics/netns.txt'
import persistence from './topics/persistence.txt'
import restore from './topics/restore.txt'
import schedulers from './topics/schedulers.txt'
import sync from './topics/sync.txt'
import tun from './topics/tun.txt'

/** By the long name. */
export const COMMAND_TEXTS = blocks(commands)

/** By the long name. */
export const OPTION_TEXTS = blocks(options)

/** By the name. */
export const SUBCOMMAND_TEXTS = blocks(subcommands)

/** On the doctor's findings, by the id of the check. */
export const FINDING_TEXTS = blocks(findings)

/** In the order in which they are listed. The first line of each is its title. */
export const TOPICS: ReadonlyMap<string, string> = new Map([
  ['nat', nat],
  ['dr', dr],
  ['tun', tun],
  ['schedulers', schedulers],
  ['persistence', persistence],
  ['marks', marks],
  ['sync', sync],
  ['netns', netns],
  ['restore', restore],
  ['exit-status', exitStatus],
])

/** Parses blocks of a name on a line and its text, indented, on the next lines. */
function blocks(file: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const block of file.trim().split(/\n\n(?=\S)/)) {
    const newline = block.indexOf('\n')
    texts.set(block.slice(0, newline), block.slice(newline + 1).replace(/^ {2}/gm, ''))
  }
  return texts
}
