// The C part of the standalone executable: the engine (scripts/engine) and the host (native/), for each kind of machine.
// The same sources make the same bytes in any folder.
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The engine: Debian's source package `quickjs` of trixie. */
export const ENGINE = {
  name: 'quickjs',
  version: '2025.04.26',
  licence: 'MIT',
  sha256: 'ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe',
  /** The package URL of Debian's source package. */
  purl: 'pkg:deb/debian/quickjs@2025.04.26?arch=source',
}

/** Fetches the engine's source if it is missing; gives the folder. */
export function engineFolder(root) {
  const words = [ENGINE.version, ENGINE.sha256]
  return execFileSync(join(root, 'scripts/engine'), words, { encoding: 'utf8' }).trim()
}

const SOURCES = ['quickjs', 'libregexp', 'libunicode', 'cutils', 'dtoa']
/** Files that are not part of the executable. */
const COMPILER = 'compile.c'

const COMPILE = ['-O2', '-std=gnu11', '-fwrapv', '-D_GNU_SOURCE', `-DCONFIG_VERSION="${ENGINE.version}"`]
const SMALL = [
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-asynchronous-unwind-tables',
  '-fno-unwind-tables',
]
const HARDENED = ['-fPIE', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-fno-plt']
const STRICT = ['-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Wno-sign-conversion', '-Werror']
const LINK = ['-Wl,-z,relro,-z,now,-z,noexecstack', '-Wl,--gc-sections', '-Wl,--build-id=none', '-s']

/** The supported machines, by the name of their folder in the build. */
export const TARGETS = {
  x64: { compiler: 'gcc', link: ['-pie'] },
  'x64-static': {
    compiler: 'gcc',
    musl: '/usr/lib/x86_64-linux-musl',
    headers: '/usr/include/x86_64-linux-musl',
  },
  arm64: { compiler: 'aarch64-linux-gnu-gcc', link: ['-pie'] },
}

/** Everything for one machine. `cache` keeps the engine's objects, which take longest. */
export class NativeBuild {
  #root
  #engine
  #cache

  constructor(root) {
    this.#root = root
    this.#engine = engineFolder(root)
    this.#cache = join(root, '.cache/objects')
    mkdirSync(this.#cache, { recursive: true })
  }

  /** Compiles modules of JavaScript to bytecode; the same for all machines. Each of `modules` is a source and its result. */
  async compileModules(modules) {
    const compiler = join(this.#cache, 'compile')
    const objects = await this.#engineObjects({ compiler: 'gcc' })
    const source = join(this.#root, 'native', COMPILER)
    execFileSync('gcc', [
      ...COMPILE,
      ...STRICT,
      '-isystem',
      this.#engine,
      source,
      ...objects,
      '-o',
      compiler,
      '-lm',
      '-lpthread',
    ])
    execFileSync(compiler, modules.flat(), { stdio: ['ignore', 'inherit', 'inherit'] })
  }

  /** Links an executable for one of the TARGETS with the modules, names and files of bytecode. */
  async link(target, modules, folder, outfile) {
    const { compiler, musl, link = [] } = target
    const table = join(folder, 'modules.S')
    writeFileSync(table, moduleTable(modules))
    const native = join(this.#root, 'native')
    const sources = readdirSync(native).filter((name) => name.endsWith('.c') && name !== COMPILER)
    const objects = await this.#engineObjects(target)
    const own = sources.sort().map((name) => {
      const object = join(folder, `${basename(name, '.c')}.o`)
      execFileSync(compiler, [
        ...this.#flags(target),
        ...STRICT,
        '-isystem',
        this.#engine,
        '-c',
        join(native, name),
        '-o',
        object,
      ])
      return object
    })
    const tableObject = join(folder, 'modules.o')
    execFileSync(compiler, ['-c', table, '-o', tableObject])
    const inputs = [...own, tableObject, ...objects]
    const words = musl
      ? [
          '-static-pie',
          '-nostdlib',
          ...['rcrt1.o', 'crti.o'].map((name) => join(musl, name)),
          ...inputs,
          '-L',
          musl,
          '-lc',
          '-lgcc',
          join(musl, 'crtn.o'),
        ]
      : [...link, ...inputs, '-lm']
    execFileSync(compiler, [...LINK, ...words, '-o', outfile])
  }

  #flags({ headers }) {
    return [
      ...COMPILE,
      ...SMALL,
      ...HARDENED,
      `-ffile-prefix-map=${this.#root}=.`,
      ...(headers ? ['-nostdinc', '-isystem', headers, '-isystem', gccHeaders()] : []),
    ]
  }

  async #engineObjects(target) {
    const version = execFileSync(target.compiler, ['--version'], { encoding: 'utf8' }).split('\n', 1)
    return await Promise.all(
      SOURCES.map(async (name) => {
        const words = [...this.#flags(target), '-w', '-c', join(this.#engine, `${name}.c`)]
        const place = words.map((word) => word.replaceAll(this.#root, ''))
        const key = createHash('sha256')
          .update(JSON.stringify([version, target.compiler, place]))
          .digest('hex')
        const object = join(this.#cache, `${name}-${key.slice(0, 16)}.o`)
        if (existsSync(object)) return object
        const unfinished = `${object}.${process.pid}`
        await run(target.compiler, [...words, '-o', unfinished])
        renameSync(unfinished, object)
        return object
      }),
    )
  }
}

/** The compiler's headers (stddef.h), which are independent of a C library. */
function gccHeaders() {
  return execFileSync('gcc', ['-print-file-name=include'], { encoding: 'utf8' }).trim()
}

/** An assembler file: the table that native/main.c looks modules up in, and the modules. */
function moduleTable(modules) {
  const rows = modules.map(
    (_, i) => `.long name${i} - program_modules, start${i} - program_modules, end${i} - start${i}`,
  )
  const bodies = modules.map(
    ({ name, file }, i) => `name${i}: .asciz "${name}"\n.balign 16\nstart${i}: .incbin "${file}"\nend${i}:`,
  )
  return [
    '.section .rodata.modules, "a"',
    '.global program_modules, program_modules_count',
    '.balign 16',
    `program_modules_count: .long ${modules.length}`,
    'program_modules:',
    ...rows,
    ...bodies,
    '.section .note.GNU-stack, "", %progbits',
    '',
  ].join('\n')
}
