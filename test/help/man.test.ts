// The manual pages: they are current and complete, and their mdoc is well formed.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { COMMANDS } from '../../lib/grammar/command-rows.ts'
import { OPTIONS } from '../../lib/grammar/option-rows.ts'
import { RESTORE_OPTIONS, SUBCOMMAND_ROWS } from '../../lib/grammar/subcommand-rows.ts'
import { body, tag, usage } from '../../scripts/man/mdoc.ts'
import { manualPages } from '../../scripts/man/pages.ts'

const CHANGELOG = readFileSync('packaging/debian/changelog', 'utf8')

describe('the manual pages', () => {
  it.each(['ipvsadm.8', 'ipvsadm-save.8', 'ipvsadm-restore.8'])(
    '%s in man/ is current; if not, run scripts/build',
    (name) => {
      expect(readFileSync(`man/${name}`, 'utf8')).toBe(manualPages(CHANGELOG).get(name))
    },
  )

  it('have every command, option and subcommand', () => {
    const page = manualPages(CHANGELOG).get('ipvsadm.8')!
    for (const row of [...COMMANDS, ...OPTIONS]) expect(page).toContain(`\n${tag(row, undefined)}`)
    for (const { name, options } of SUBCOMMAND_ROWS) {
      expect(page).toContain(`\n.It Cm ${name}`)
      for (const row of options) expect(page).toContain(`\n${tag(row, undefined)}`)
    }
  })

  it('have the options of ipvsadm-restore, as apply has them', () => {
    const page = manualPages(CHANGELOG).get('ipvsadm-restore.8')!
    for (const { long } of RESTORE_OPTIONS) expect(page).toContain(`Fl \\-${long.replaceAll('-', '\\-')}`)
  })

  it('have the date of the release', () => {
    const changelog = 'ipvsadm-ts (9.0-1)\n\n -- A <a@b.invalid>  Mon, 01 Feb 2027 00:30:00 +0000\n'
    for (const page of manualPages(changelog).values()) expect(page).toContain('\n.Dd February 1, 2027\n')
  })
})

describe('mdoc', () => {
  it('has a new line for each sentence, and escapes accidental macros', () => {
    expect(body('One. Two\nlines.\n\n.not a macro\n')).toBe('One.\nTwo lines.\n.Pp\n\\&.not a macro')
    expect(body("`C:\\dir' and --all, -n (-x) a-b")).toBe("`C:\\edir' and \\-\\-all, \\-n (\\-x) a-b")
  })

  it('has lists and examples', () => {
    expect(body('Text.\n\n- one\n- two\n  lines\n\n  -x y')).toBe(
      'Text.\n.Bl -bullet\n.It\none\n.It\ntwo lines\n.El\n.Bd -literal -offset indent\n\\-x y\n.Ed',
    )
  })

  it('has usage lines', () => {
    expect(usage('-A|E service [-p [timeout]]')).toBe('Fl A | Ar E Ar service Oo Fl p Oo Ar timeout Oc Oc')
    expect(usage('--set tcp')).toBe('Fl \\-set Ar tcp')
  })
})
