// `--netns` and `ipvsadm namespaces` on a machine in memory.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import Ajv2020 from 'ajv/dist/2020'
import { FakeKernel } from '../support/fake-kernel/fake-kernel.ts'
import { EMPTY, failure, type Machine, OWN, StandIn, TABLE } from '../support/namespaces.ts'
import { type RunOptions, run } from '../support/run.ts'

const FILES = {
  '/run/netns/blue': 1,
  '/run/netns/empty': 2,
  '/proc/1/ns/net': OWN,
  '/proc/42/ns/net': 3,
  '/proc/43/ns/net': 3,
}
const TABLES = { [OWN]: EMPTY, 1: TABLE, 3: TABLE }

/** Runs words on a machine with these namespaces; its processes' files are those of their namespaces. */
async function on(
  machine: Partial<Machine>,
  words: string | readonly string[],
  { kernel = new FakeKernel(), ...options }: RunOptions & { kernel?: FakeKernel } = {},
) {
  const namespaces = new StandIn({ files: FILES, tables: TABLES, ...machine })
  const readFile = (path: string) => {
    const [, process, file] = /^\/proc\/(\w+)\/(.*)$/.exec(path) ?? []
    if (file === 'comm') return Buffer.from(`command-${process}\n`)
    if (file === 'net/ip_vs') return Buffer.from(namespaces.table(`/proc/${process}/ns/net`))
    throw failure('ENOENT')
  }
  const outcome = await run(kernel, words, {
    ...options,
    machine: { namespaces, readFile, ...options.machine },
  })
  return { ...outcome, entered: namespaces.entered }
}

const fail = (code: string) => {
  throw failure(code)
}

describe('a command', () => {
  it('runs where this process has gone', async () => {
    const kernel = new FakeKernel()
    const added = await on({}, '-A -t 192.0.2.1:80 --netns blue -s rr', { kernel })
    expect(added).toMatchObject({ status: 0, output: '' })
    expect(added.entered).toEqual([['/run/netns/blue', ['-A', '-t', '192.0.2.1:80', '-s', 'rr']]])
    expect((await run(kernel, '-Sn')).stdout).toBe('-A -t 192.0.2.1:80 -s rr\n')
  })

  it('that another process has run there has its status', async () => {
    const kernel = new FakeKernel()
    const added = await on({ enter: () => ({ status: 7 }) }, '-A -t 192.0.2.1:80 --netns 42', { kernel })
    expect(added).toMatchObject({ status: 7, output: '' })
    expect(added.entered).toEqual([['/proc/42/ns/net', ['-A', '-t', '192.0.2.1:80']]])
    expect((await run(kernel, '-Sn')).stdout).toBe('')
  })

  it('for the own namespace is run at once', async () => {
    expect(await on({}, '-Ln --netns 1')).toMatchObject({ status: 0, stderr: '', entered: [] })
  })

  it.each([
    ['-C --netns red', "there is no network namespace `red'; see `ipvsadm namespaces'\n", ''],
    [
      '-C --netns blue',
      "cannot enter the network namespace `blue': Permission denied (you must be root)\n",
      'EPERM',
    ],
    ['-C --netns blue', "cannot enter the network namespace `blue': ENOENT: it failed\n", 'ENOENT'],
  ])('`%s`: %s', async (words, stderr, code) => {
    const kernel = new FakeKernel()
    await run(kernel, '-A -t 192.0.2.1:80 -s rr')
    const enter = () => {
      throw failure(code)
    }
    expect(await on({ enter }, words, { kernel })).toMatchObject({ status: 255, stdout: '', stderr })
    expect((await run(kernel, '-Sn')).stdout).toBe('-A -t 192.0.2.1:80 -s rr\n')
  })

  it('tells a program so in JSON', async () => {
    const { status, stderr } = await on({}, '-L --json --netns red')
    expect(status).toBe(255)
    expect(JSON.parse(stderr)).toEqual({
      error: {
        message: "there is no network namespace `red'; see `ipvsadm namespaces'",
        status: 255,
        code: 'ENOENT',
      },
    })
  })

  it.each(['-R', 'check -'])('in a file is refused: %s', async (words) => {
    const input = '-A -t 192.0.2.1:80 --netns blue\n'
    const { status, stderr, entered } = await on({}, words, { input })
    expect([status, entered]).toEqual([2, []])
    expect(stderr).toMatch(/^line 1: the network namespace is chosen on the command line, not in a rule/)
  })
})

it('the companions and subcommands run there, too', async () => {
  const kernel = new FakeKernel()
  const input = '-A -t 192.0.2.1:80 -s rr\n'
  const restored = await on({}, '--netns blue', { kernel, program: 'ipvsadm-restore', input })
  expect(restored).toMatchObject({ status: 0, output: '', entered: [['/run/netns/blue', []]] })
  const saved = await on({}, '-n --netns=blue', { kernel, program: 'ipvsadm-save' })
  expect(saved).toMatchObject({ status: 0, stdout: input, entered: [['/run/netns/blue', ['-n']]] })
  const applied = await on({}, 'apply --netns 43 -', { kernel, input: '' })
  expect(applied).toMatchObject({ status: 0, output: '', entered: [['/proc/43/ns/net', ['apply', '-']]] })
})

describe('all', () => {
  const heading = (word: string) => `Network namespace ${word}\n`

  it('lists each table under a heading, this one first', async () => {
    const kernel = new FakeKernel()
    await run(kernel, '-A -t 192.0.2.1:80 -s rr')
    const { stdout: table } = await run(kernel, '-Ln')
    const outcome = await on({ tables: { ...TABLES, [OWN]: TABLE } }, '-Ln --netns all', { kernel })
    expect(outcome).toMatchObject({
      status: 0,
      stderr: '',
      stdout: [heading('1'), table, '\n', heading('blue'), table, '\n', heading('42'), table].join(''),
      entered: [
        ['/run/netns/blue', ['-Ln']],
        ['/proc/42/ns/net', ['-Ln']],
      ],
    })
  })

  it('goes on after one that is gone', async () => {
    const enter = (path: string) => {
      if (path === '/run/netns/blue') throw failure('ENOENT')
      return { status: 0 }
    }
    expect(await on({ enter }, '-Ln --netns all')).toMatchObject({
      status: 255,
      stdout: `${heading('blue')}\n${heading('42')}`,
      stderr: "cannot enter the network namespace `blue': ENOENT: it failed\n",
    })
  })

  it('has the first status that is not 0', async () => {
    expect(await on({ enter: () => ({ status: 1 }) }, '-Ln --netns all')).toMatchObject({ status: 1 })
  })

  it.each([
    ['-C --netns all', "`--netns all' is only for the command --list"],
    ['diff --netns all -', "`--netns all' is only for the command --list"],
    ['-Ln --json-lines --netns all', "`--netns all' prints no JSON; see `ipvsadm namespaces --json'"],
  ])('is refused: %s', async (words, message) => {
    const { status, stderr, entered } = await on({}, words)
    expect([status, entered]).toEqual([2, []])
    expect(stderr).toContain(message)
  })
})

describe('namespaces', () => {
  it('lists those that have a table, each once', async () => {
    expect(await on({}, 'namespaces')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `Namespace                Services  Servers Connections Found at
blue                            1        2          17 /run/netns/blue
42                              1        2          17 process 42 (command-42) and 1 more
`,
    })
  })

  it('says so when there are none, and what it may not see', async () => {
    const files = { '/proc/42/ns/net': 'EACCES', '/run/netns/blue': 'EACCES' }
    expect(await on({ files }, 'namespaces')).toMatchObject({
      status: 0,
      stdout: 'no network namespace here has an IPVS table\n',
      stderr: 'the network namespaces of 2 processes or files cannot be read (you must be root)\n',
    })
  })

  it('leaves out one that is gone while it is read', async () => {
    let reads = 0
    const files = {
      ...FILES,
      // The file of the process is there when it is found, and gone when its table is read.
      '/proc/44/ns/net': () => (reads++ === 0 ? 4 : 'ENOENT'),
    }
    const { status, stdout, stderr } = await on({ files, tables: { ...TABLES, 4: TABLE } }, 'namespaces')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain('44')
    expect(reads).toBeGreaterThan(1)
  })

  it('fails where there is no /proc, and at a limit of its own', async () => {
    const files = { ...FILES, '/proc/self/ns/net': 'ENOENT' }
    expect(await on({ files }, 'namespaces')).toMatchObject({
      status: 255,
      output: 'cannot list the network namespaces: no /proc/self/ns/net\n',
    })
    const full = await on({}, 'namespaces', { machine: { readFile: () => fail('EMFILE') } })
    expect(full).toMatchObject({ status: 255, stdout: '', stderr: 'EMFILE: it failed\n' })
  })

  it('prints JSON as the schema has it', async () => {
    const schema = JSON.parse(readFileSync('docs/ipvsadm.schema.json', 'utf8'))
    const isDocument = new Ajv2020().compile({ ...schema.$defs.namespaces, $defs: schema.$defs })
    const { stdout } = await on({ tables: { ...TABLES, [OWN]: TABLE } }, 'namespaces --json')
    const document = JSON.parse(stdout)
    expect([isDocument(document), isDocument.errors]).toEqual([true, null])
    expect(document.namespaces[0]).toEqual({
      netns: '1',
      inode: OWN,
      own: true,
      files: [],
      processes: 1,
      process: 1,
      command: 'command-1',
      services: 1,
      servers: 2,
      connections: 17,
    })
    expect(document.namespaces).toHaveLength(3)
  })
})

describe('a mark in hexadecimal', () => {
  const refused = "invalid fwmark value `0x105' specified"
  const hint = 'marks are decimal numbers here: 0x105 is 261'

  it('is refused as in the original', async () => {
    expect(await run(new FakeKernel(), '-A -f 0x105')).toMatchObject({ status: 2, output: `${refused}\n` })
  })

  it('has a hint on a terminal', async () => {
    const machine = { errorIsTerminal: () => true }
    const outcome = await run(new FakeKernel(), '-A -f 0x105', { machine })
    expect(outcome).toMatchObject({ status: 2, output: `${refused}\nNote: ${hint}\n` })
    expect(await run(new FakeKernel(), '-A -f x', { machine })).toMatchObject({
      output: "invalid fwmark value `x' specified\n",
    })
  })

  it('has it in JSON', async () => {
    const { stderr } = await run(new FakeKernel(), '-L --json -f 0x105')
    expect(JSON.parse(stderr)).toEqual({ error: { message: refused, status: 2, code: 'USAGE', hint } })
  })

  it('has it in check', async () => {
    const outcome = await run(new FakeKernel(), 'check -', { input: '-A -f 0x105\n' })
    expect(outcome.stderr).toContain(`line 1: ${refused}; ${hint}: -A -f 0x105\n`)
  })
})

it('completes names, and offers nothing of this namespace for another', async () => {
  const names = async (line: string) =>
    (await on({}, ['completion', 'words', '--', ...line.split(' ')])).stdout
  expect(await names('-L --netns ')).toBe(
    'blue\t/run/netns/blue\nempty\t/run/netns/empty\nall\tevery table\n',
  )
  expect(await names('apply --netns b')).toBe('blue\t/run/netns/blue\n')
  expect(await names('-D --netns blue -t ')).toBe('')
})
