// The long texts of options, commands and topics, from the plain-text files beside this one. The help subcommand
// prints them and the manual pages are made of them.
import commands from './commands.txt'
import options from './options.txt'
import dr from './topics/dr.txt'
import exitStatus from './topics/exit-status.txt'
import nat from './topics/nat.txt'
import persistence from './topics/persistence.txt'
import restore from './topics/restore.txt'
import schedulers from './topics/schedulers.txt'
import tun from './topics/tun.txt'

/** By the long name. */
export const COMMAND_TEXTS = blocks(commands)

/** By the long name. */
export const OPTION_TEXTS = blocks(options)

/** In the order in which they are listed. The first line of each is its title. */
export const TOPICS: ReadonlyMap<string, string> = new Map([
  ['nat', nat],
  ['dr', dr],
  ['tun', tun],
  ['schedulers', schedulers],
  ['persistence', persistence],
  ['restore', restore],
  ['exit-status', exitStatus],
])

/** A name at the beginning of a line, and below it, indented, its text. */
function blocks(file: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const block of file.trim().split(/\n\n(?=\S)/)) {
    const newline = block.indexOf('\n')
    texts.set(block.slice(0, newline), block.slice(newline + 1).replace(/^ {2}/gm, ''))
  }
  return texts
}
