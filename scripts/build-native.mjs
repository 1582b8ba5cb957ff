// The C part of the standalone executable: the engine (scripts/engine) and the host (native/), for each kind of machine.
// The same sources make the same bytes in any folder.
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

/** The C library: Debian's package `musl-dev` of trixie, and its sum for each machine (by its name in Debian). */
const MUSL = {
  name: 'musl',
  licence: 'MIT',
  version: '1.2.5-3.1~deb13u1',
  sha256: {
    amd64: 'a3f7d47e452129bb65aae201d6c115abf4d5d3efb136b38b7c6b4fa03ec065e9',
    arm64: '384ea029e3694baac696d3993d93246f9a4b3741c493697e1ceb7256d8820748',
  },
}

/** Fetches the engine's source if it is missing; gives the folder. */
export function engineFolder(root) {
  const words = [ENGINE.version, ENGINE.sha256]
  return execFileSync(join(root, 'scripts/engine'), words, { encoding: 'utf8' }).trim()
}

const SOURCES = ['quickjs', 'libregexp', 'libunicode', 'cutils', 'dtoa']
/** The compiler that has libFuzzer. */
const FUZZING = 'clang-14'
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
/** The engine asks for the time only for its random numbers, and a snapshot has the same bytes each time. */
const SNAPSHOT = ['-Wl,--wrap=gettimeofday']
/** For checks and fuzzers: a file may take the place of a netlink socket. */
export const FAKE_SOCKET = { source: 'fuzz/fake-socket.c', link: ['-Wl,--wrap=send,--wrap=recvmmsg'] }
/** A fake kernel in the parent process, for checks of the whole program. */
export const KERNEL_PEER = {
  source: 'fuzz/kernel-peer.c',
  link: ['socket', 'bind', 'setsockopt', 'getsockname', 'send', 'recvmmsg'].map(
    (name) => `-Wl,--wrap=${name}`,
  ),
}
const LINK = ['-Wl,-z,relro,-z,now,-z,noexecstack', '-Wl,--gc-sections', '-Wl,--build-id=none']
/**
 * The names of the functions that short commands use, which scripts/start-functions.mjs writes. They lie together, on fewer
 * pages; a name that there is no function for does no harm.
 */
export const START_FUNCTIONS = 'native/start-functions.txt'

/**
 * The machines that there is an executable for. `triple` is the name of musl's folders, `debian` that of the machine.
 */
export const TARGETS = {
  x64: {
    compiler: 'gcc',
    triple: 'x86_64-linux-musl',
    debian: 'amd64',
    flags: [],
    // The linker cannot do so for the other.
    linking: ['-Wl,-z,pack-relative-relocs'],
    running: [],
  },
  arm64: {
    compiler: 'aarch64-linux-gnu-gcc',
    triple: 'aarch64-linux-musl',
    debian: 'arm64',
    // The functions that they are put in ask the other C library.
    flags: ['-mno-outline-atomics'],
    linking: [],
    running: ['qemu-aarch64-static'],
  },
}

/** The machine that builds. */
const HERE = TARGETS.x64

/**
 * The parts of an executable for a machine (a key of TARGETS) that are not npm packages, for its bill of materials and, with
 * the files of their licences, for its licences.
 */
export function materials(root, machine) {
  const { debian } = TARGETS[machine]
  const { sha256, ...musl } = MUSL
  const purl = `pkg:deb/debian/musl-dev@${MUSL.version}?arch=${debian}`
  const text = join(muslFolder(root, debian), 'share/doc/musl-dev/copyright')
  return [
    { ...ENGINE, text: join(engineFolder(root), 'LICENSE') },
    { ...musl, sha256: sha256[debian], purl, text },
  ]
}

/** Fetches the C library for a machine if it is missing; gives the folder. */
function muslFolder(root, debian) {
  const words = [MUSL.version, debian, MUSL.sha256[debian]]
  return execFileSync(join(root, 'scripts/musl'), words, { encoding: 'utf8' }).trim()
}

/** The C library's folders for a target: its headers, and what is linked. */
function muslFolders(root, { triple, debian }) {
  const usr = muslFolder(root, debian)
  return { headers: join(usr, 'include', triple), library: join(usr, 'lib', triple) }
}

/** Objects are kept from build to build, and for the tests that link their own programs. */
export class NativeBuild {
  #root
  #versions = new Map()
  #engine
  #cache
  /** The objects of fuzzers. */
  #fuzzed

  constructor(root) {
    this.#root = root
    this.#engine = engineFolder(root)
    this.#cache = join(root, '.cache/objects')
    mkdirSync(this.#cache, { recursive: true })
  }

  /**
   * Compiles modules of JavaScript to bytecode; the same for all machines. Each of `modules` is a source and its result. The
   * program for it has the engine's objects of an executable.
   */
  async compileModules(modules) {
    const compiler = join(this.#cache, 'compile')
    const flags = this.#flags(HERE)
    const objects = await this.#engineObjects(HERE.compiler, flags)
    const source = join(this.#root, 'native', COMPILER)
    this.#link(HERE, [...flags, ...STRICT, '-isystem', this.#engine, source, ...objects], compiler)
    execFileSync(compiler, modules.flat(), { stdio: ['ignore', 'inherit', 'inherit'] })
  }

  /** Compiles for some of the TARGETS at the same time. `link` would do it one by one. */
  async prepare(targets) {
    await Promise.all(targets.map((target) => this.#objects(target.compiler, this.#flags(target))))
  }

  #flags(target) {
    const { compiler, flags: own } = target
    const include = execFileSync(compiler, ['-print-file-name=include'], { encoding: 'utf8' }).trim()
    const system = ['-nostdinc', '-isystem', muslFolders(this.#root, target).headers, '-isystem', include]
    return [...own, ...COMPILE, ...SMALL, ...HARDENED, ...system, `-ffile-prefix-map=${this.#root}=.`]
  }

  /**
   * Links an executable for one of the TARGETS with the modules, names and files of bytecode.
   * @param {(typeof TARGETS)['x64']} target
   * @param {{ name: string, file: string }[]} modules
   * @param {string} folder for files of the build
   * @param {string} outfile
   * @param {{ fake?: typeof FAKE_SOCKET, evaluated?: number, symbols?: boolean }} options `fake`: for checks; `evaluated`: so
   *   many of the first modules are in a snapshot (native/snapshot.c), default: there is none; `symbols`: names of functions
   */
  async link(target, modules, folder, outfile, { fake, evaluated = 0, symbols = false } = {}) {
    const { compiler, running } = target
    const sources = fake === undefined ? [] : [fake.source]
    const objects = await this.#objects(compiler, this.#flags(target), { sources })
    const order = writeOrder(this.#root, folder)
    const options = [...SNAPSHOT, `-Wl,-T,${order}`, ...(symbols ? [] : ['-s']), ...(fake?.link ?? [])]
    const linked = (file, snapshot) => {
      const table = writeTable(folder, modules, snapshot)
      this.#link(target, [...options, ...objects, table], file)
    }
    if (evaluated === 0) {
      linked(outfile, {})
      return
    }
    // The writer with the place for what it writes has the addresses of the result.
    const writer = join(folder, 'writer')
    const [command, ...words] = [...running, writer]
    const written = () => execFileSync(command, words, { env: {}, maxBuffer: 2 ** 26 })
    linked(writer, { evaluated })
    linked(writer, { evaluated, size: written().length })
    const snapshot = written()
    if (!snapshot.equals(written())) throw new Error('a snapshot is another each time')
    const file = join(folder, 'snapshot')
    writeFileSync(file, snapshot)
    linked(outfile, { evaluated, file })
  }

  #link(target, words, outfile) {
    const { compiler, linking } = target
    const { library } = muslFolders(this.#root, target)
    const [first, second, last] = ['rcrt1.o', 'crti.o', 'crtn.o'].map((name) => join(library, name))
    const start = ['-static-pie', '-nostdlib', first, second]
    const libraries = ['-L', library, '-lc', '-lgcc', last]
    execFileSync(compiler, [...LINK, ...linking, ...start, ...words, ...libraries, '-o', outfile])
  }

  /** The same for this machine, with what finds accesses out of bounds and undefined behaviour: for tests. */
  async linkChecked(modules, folder, outfile, fake = FAKE_SOCKET) {
    const flags = [...COMPILE, '-O1', '-fno-omit-frame-pointer', '-fsanitize=address']
    // The engine relies on some of what the other check forbids.
    const objects = await this.#objects('gcc', flags, {
      more: ['-fsanitize=undefined'],
      sources: [fake.source],
    })
    execFileSync('gcc', [
      ...objects,
      writeTable(folder, modules),
      ...fake.link,
      '-fsanitize=address,undefined',
      '-lm',
      '-o',
      outfile,
    ])
  }

  /** Links a fuzzer of the host, whose target is the module in `file` (native/fuzz/). `folder` is the same for all. */
  async linkFuzzer(file, folder, outfile) {
    this.#fuzzed ??= await this.#fuzzerObjects(folder)
    const text = join(folder, 'target.S')
    writeFileSync(text, targetText(file))
    const linked = [...FAKE_SOCKET.link, '-fsanitize=fuzzer,address,undefined', '-lm', '-o', outfile]
    await run(FUZZING, [...this.#fuzzed, text, ...linked])
  }

  /** The engine and the host, which all fuzzers have. */
  async #fuzzerObjects(folder) {
    const flags = [...COMPILE, '-g', '-fsanitize=address']
    // The engine's own variables on the stack are not checked: its interpreter has hundreds, and would mark them at each call.
    const objects = await this.#engineObjects(FUZZING, [...flags, '-mllvm', '-asan-stack=0'])
    // Coverage is counted in the host alone.
    const host = [...flags, '-O1', '-fsanitize=fuzzer-no-link,undefined', '-fno-sanitize-recover=undefined']
    const native = join(this.#root, 'native')
    const sources = this.#hostSources().filter((name) => !['main.c', 'snapshot.c'].includes(name))
    for (const name of [...sources, 'fuzz/harness.c', FAKE_SOCKET.source]) {
      const object = join(folder, `${basename(name, '.c')}.o`)
      const words = [...host, '-w', '-isystem', this.#engine, '-c', join(native, name)]
      await run(FUZZING, [...words, '-o', object])
      objects.push(object)
    }
    return objects
  }

  #hostSources() {
    const names = readdirSync(join(this.#root, 'native'))
    return names.filter((name) => name.endsWith('.c') && name !== COMPILER).sort()
  }

  /**
   * Everything compiled: the engine and the host.
   * @param {string} compiler
   * @param {string[]} flags
   * @param {{ more?: string[], sources?: string[] }} own flags and sources of the host
   */
  async #objects(compiler, flags, { more = [], sources = [] } = {}) {
    const [engine, host] = await Promise.all([
      this.#engineObjects(compiler, flags),
      this.#hostObjects(compiler, [...flags, ...more], sources),
    ])
    return [...engine, ...host]
  }

  async #engineObjects(compiler, flags) {
    return await Promise.all(
      SOURCES.map((name) => this.#object(compiler, [...flags, '-w'], join(this.#engine, `${name}.c`))),
    )
  }

  /** One after the other, because the engine's are made at the same time. */
  async #hostObjects(compiler, flags, sources) {
    const native = join(this.#root, 'native')
    const words = [...flags, ...STRICT, '-isystem', this.#engine]
    const headers = readdirSync(native).filter((name) => name.endsWith('.h'))
    const contents = (names) => names.map((name) => readFileSync(join(native, name), 'utf8'))
    const objects = []
    for (const name of [...this.#hostSources(), ...sources])
      objects.push(await this.#object(compiler, words, join(native, name), contents([name, ...headers])))
    return objects
  }

  #versionOf(compiler) {
    const known = this.#versions.get(compiler)
    if (known !== undefined) return known
    const [version] = execFileSync(compiler, ['--version'], { encoding: 'utf8' }).split('\n', 1)
    this.#versions.set(compiler, version)
    return version
  }

  /** Compiles a source, unless the cache has its object: from the same compiler, words and contents. */
  async #object(compiler, flags, source, contents = []) {
    const words = [...flags, '-c', source]
    const known = JSON.stringify([
      this.#versionOf(compiler),
      words.map((word) => word.replaceAll(this.#root, '')),
      contents,
    ])
    const key = createHash('sha256').update(known).digest('hex')
    const object = join(this.#cache, `${basename(source, '.c')}-${key.slice(0, 16)}.o`)
    if (existsSync(object)) return object
    const unfinished = `${object}.${process.pid}`
    await run(compiler, [...words, '-o', unfinished])
    renameSync(unfinished, object)
    return object
  }
}

/** Writes a script that the linker takes in addition to its own. */
function writeOrder(root, folder) {
  const names = readFileSync(join(root, START_FUNCTIONS), 'utf8').trim().split('\n')
  const sections = names.map((name) => `*(.text.${name} .text.${name}.*)`)
  const file = join(folder, 'order.ld')
  writeFileSync(file, `SECTIONS { .text.start : {\n${sections.join('\n')}\n} } INSERT BEFORE .text;\n`)
  return file
}

/** An assembler file: the text that native/fuzz/harness.c runs. */
function targetText(file) {
  return [
    '.section .rodata, "a"',
    '.global target_text, target_length',
    `target_text: .incbin "${file}"`,
    'target_end: .byte 0',
    '.balign 4',
    'target_length: .long target_end - target_text',
    '.section .note.GNU-stack, "", %progbits',
    '',
  ].join('\n')
}

/** The fields of native/snapshot.c: without a snapshot, and in an executable that writes its own. */
const NO_SNAPSHOT = '.long 0, 0, 0, 0'
const UNWRITTEN = '.long 1, 0, 0, 0'

/**
 * Writes a file for the assembler: the table that native/main.c looks modules up in, the modules, and the snapshot.
 * @param {string} folder
 * @param {{ name: string, file: string }[]} modules
 * @param {{ evaluated?: number, size?: number, file?: string }} snapshot `evaluated`: so many of the first modules are
 *   in it. `file` takes their place; without it the same place, of at least `size` bytes, has the modules
 */
function writeTable(folder, modules, { evaluated = 0, size = 0, file } = {}) {
  const rows = modules.map(
    (_, i) => `.long name${i} - program_modules, start${i} - program_modules, end${i} - start${i}`,
  )
  const names = modules.map(({ name }, i) => `name${i}: .asciz "${name}"`)
  const bodies = modules.map(({ file }, i) => `.balign 16\nstart${i}: .incbin "${file}"\nend${i}:`)
  const first = bodies.splice(0, evaluated)
  const none = first.map((_, i) => `.set start${i}, program_modules\n.set end${i}, start${i}`)
  const snapshot =
    file === undefined
      ? [
          evaluated > 0 ? UNWRITTEN : NO_SNAPSHOT,
          ...first,
          ...(size > 0 ? [`.org program_snapshot + ${size}`] : []),
        ]
      : [`.incbin "${file}"`, ...none]
  const lines = [
    '.section .rodata.modules, "a"',
    '.global program_modules, program_modules_count, program_modules_first, program_snapshot',
    '.balign 16',
    `program_modules_count: .long ${modules.length}`,
    `program_modules_first: .long ${Math.max(evaluated, 1)}`,
    'program_modules:',
    ...rows,
    ...names,
    ...bodies,
    '.balign 16',
    'program_snapshot:',
    ...snapshot,
    '.section .note.GNU-stack, "", %progbits',
    '',
  ]
  const table = join(folder, 'modules.S')
  writeFileSync(table, lines.join('\n'))
  return table
}
