// The commit that is built, for `ipvsadm version`: its hash and date, the same in every build.
import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'

/**
 * Names that the bundlers replace by values. None if `root` is not a checkout; files that differ from the commit are
 * marked with a plus sign. IPVSADM_BUILD in the environment replaces git.
 * @param {string} root
 * @returns {Record<string, string>}
 */
export function commitDefinition(root) {
  const commit = process.env.IPVSADM_BUILD ?? readCommit(root)
  return commit === undefined ? {} : { IPVSADM_BUILD: JSON.stringify(commit) }
}

/** @param {string} root */
function readCommit(root) {
  /** @param {string[]} words */
  const git = (...words) =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    // The sources of a release may lie inside another project's checkout.
    if (git('rev-parse', '--show-toplevel') !== realpathSync(root)) return undefined
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!man') !== ''
    const [hash, date] = git('log', '-1', '--abbrev=12', '--format=%h %cs').split(' ')
    return `${hash}${changed ? '+' : ''} ${date}`
  } catch {
    return undefined
  }
}
