// Runs a check of scripts/ on a prepared lib/.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from '@jest/globals'
import { ROOT } from '../../support/program.ts'

/** A function that runs the script on a lib/ of these files, and gives the messages, a line each. */
export function checkBy(script: string) {
  return (files: Readonly<Record<string, string>>): { status: number | null; lines: string[] } => {
    const folder = mkdtempSync(join(tmpdir(), 'check-'))
    try {
      for (const [name, text] of Object.entries(files)) {
        const path = join(folder, 'lib', name)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text)
      }
      const words = [join(ROOT, script), folder]
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
      expect(stdout).toBe('')
      return { status, lines: stderr.split('\n').filter((line) => line !== '') }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}
