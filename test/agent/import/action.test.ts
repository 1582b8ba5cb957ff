// `agent import`: what it prints, what it writes, and what it refuses.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { run } from '../../../lib/agent/agent-command.ts'
import { readConfig } from '../../../lib/agent/config/read.ts'
import { nodeSystem } from '../../../lib/system/node/system.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-import-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function importing(text: string, output?: string) {
  const file = join(folder, 'file')
  writeFileSync(file, text)
  const written = { stdout: '', stderr: '' }
  const system = {
    ...nodeSystem,
    writeOutput: (piece: string) => {
      written.stdout += piece
    },
    writeError: (piece: string) => {
      written.stderr += piece.replaceAll(folder, 'FOLDER')
    },
  }
  const outcome = await run({ action: 'import', file, ...(output !== undefined && { output }) }, system)
  return { outcome, ...written }
}

const SMALL = 'virtual=192.0.2.1:80\n real=10.0.0.1:80 masq\n checktype=connect\n colour=blue\n'

it('prints rules and configuration, and the notes apart from them', async () => {
  expect(await importing(SMALL)).toEqual({
    outcome: 'done',
    stdout: `# /etc/ipvsadm/rules
-A -t 192.0.2.1:80 -s wrr
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1

# /etc/ipvsadm/agent.yaml
rules: /etc/ipvsadm/rules
services:
  - service: tcp 192.0.2.1:80
    check:
      kind: tcp
      interval: 10s
      timeout: 5s
      rise: 1
      fall: 1
    down: quiesce
`,
    stderr: 'FOLDER/file:4: left out: colour is not known\n',
  })
})

it('writes both to a folder, and nothing over what is there', async () => {
  const output = join(folder, 'new', 'agent')
  expect(await importing(SMALL, output)).toMatchObject({ outcome: 'done', stdout: '' })
  expect(readFileSync(join(output, 'rules'), 'utf8')).toMatch(/^-A -t 192\.0\.2\.1:80/)
  const read = readConfig(readFileSync(join(output, 'agent.yaml'), 'utf8'))
  expect(read).toMatchObject({ config: { rules: { file: join(output, 'rules') } } })
  expect(await importing(SMALL, output)).toEqual({
    outcome: 'refused',
    stdout: '',
    stderr: 'agent: FOLDER/new/agent/rules exists already: name another folder\n',
  })
})

it('tells the two formats apart', async () => {
  const { stdout } = await importing('virtual_server 192.0.2.1 80 {\n lb_kind DR\n}\n')
  expect(stdout).toContain('-A -u 192.0.2.1:80 -s wlc\n')
  expect(await importing('hello')).toEqual({
    outcome: 'refused',
    stdout: '',
    stderr: 'agent: FOLDER/file: has neither virtual= of ldirectord nor virtual_server of keepalived\n',
  })
})
