// The manual pages as the program that prints them sees them.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ipvsadm-man-'))
  mkdirSync(join(scratch, 'man8'))
  cpSync('man', join(scratch, 'man8'), { recursive: true })
  // So that the pages find each other.
  execFileSync('makewhatis', [scratch])
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

describe('man', () => {
  it.each(['ipvsadm.8', 'ipvsadm-save.8', 'ipvsadm-restore.8'])('%s is clean', (page) => {
    const { status, stdout } = spawnSync('mandoc', ['-Tlint', `man8/${page}`], {
      cwd: scratch,
      env: { ...process.env, MANPATH: scratch },
      encoding: 'utf8',
    })
    expect([status, stdout]).toEqual([0, ''])
  })

  it('prints it', () => {
    const text = execFileSync('mandoc', ['-Tascii', 'man/ipvsadm.8'], { encoding: 'utf8' })
    // Bold letters are printed twice.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a backspace is between them
    const plain = text.replace(/.\u0008/g, '')
    expect(plain).toContain('-A, --add-service virtual-service [-s scheduler]')
    expect(plain).toContain('ipvsadm - Linux Virtual Server administration')
  })
})
