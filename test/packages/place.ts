// A temporary folder for the tests of the npm package, with every supported Node and npm, and nothing else of this machine.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Outcome } from '../support/program.ts'
import { devDependencies } from './package.json'

/** The pinned versions of Node, each with its program (`npm ci` in this folder, as scripts/test does). */
export const NODES = Object.entries(devDependencies).flatMap(([name, version]) =>
  name.startsWith('node-')
    ? [{ version: version.replace(/^.*@/, ''), node: join(__dirname, 'node_modules', name, 'bin/node') }]
    : [],
)

export class Place {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvsadm-packages-')))

  /** Makes a folder with `node`, `npm`, `npx` and `sh` in it, and nothing else: there is no compiler for PATH to find. */
  tools(node: string): string {
    const tools = join(this.folder, 'tools', `${readdirSync(mkdir(this.folder, 'tools')).length}`)
    mkdir(tools)
    for (const [name, program] of Object.entries({ node, sh: '/bin/sh', ...npm() })) {
      if (!existsSync(program)) throw new Error(`there is no ${program}: run npm ci in test/packages`)
      symlinkSync(program, join(tools, name))
    }
    return tools
  }

  /** Runs a program from the folders of `path`, with an empty environment. npm uses no network. */
  run(path: readonly string[], words: readonly string[], cwd = this.folder): Outcome {
    const [program, ...rest] = words
    const { status, stdout, stderr, error } = spawnSync(program!, rest, {
      cwd,
      env: {
        PATH: path.join(delimiter),
        HOME: this.folder,
        npm_config_cache: join(this.folder, 'cache'),
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false',
        npm_config_userconfig: '/dev/null',
      },
      encoding: 'utf8',
      timeout: 900_000,
    })
    if (error) throw error
    return { status, stdout, stderr }
  }

  /** Packs the npm package of a checkout. Returns the file. */
  pack(checkout: string, name: string): string {
    const to = mkdir(this.folder, name)
    const words = ['npm', 'pack', '--pack-destination', to]
    const { status, stderr } = this.run([this.tools(process.execPath)], words, checkout)
    const [file, ...more] = readdirSync(to)
    if (status !== 0 || !file || more.length > 0) throw new Error(`npm pack: ${stderr}`)
    return join(to, file)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function mkdir(...path: string[]): string {
  mkdirSync(join(...path), { recursive: true })
  return join(...path)
}

/** The files under a folder, or links to files, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** This machine's npm. */
function npm(): { npm: string; npx: string } {
  const found = process.env.PATH!.split(delimiter).map((folder) => join(folder, 'npm'))
  const folder = dirname(realpathSync(found.find((file) => existsSync(file)) ?? 'npm'))
  return { npm: join(folder, 'npm-cli.js'), npx: join(folder, 'npx-cli.js') }
}
