// Packages of the standalone binary, for dpkg and for rpm, in release/: `scripts/build --deb --rpm`. Their other
// files are in packaging/. Packages of the same commit are the same, byte for byte.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const read = (file) => readFileSync(join(root, file), 'utf8')
const require = createRequire(import.meta.url)
const { version } = require('../package.json')
const NAME = 'ipvsadm-ts'
const PROGRAMS = ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore']
const BINARY = 'usr/lib/ipvsadm/ipvsadm'

/** The machines that there are packages for: the folder of the executable, and what the formats call the machine. */
const MACHINES = [
  { folder: 'dist/standalone', deb: 'amd64', rpm: 'x86_64', node: 'x64' },
  { folder: 'dist/standalone-arm64', deb: 'arm64', rpm: 'aarch64', node: 'arm64' },
]

const DOCUMENTS = [
  'install.md',
  'restore.md',
  'drain.md',
  'json.md',
  'ipvsadm.schema.json',
  'compatibility.md',
]

/** Where systemd looks on every system. Debian 13's ipvsadm has its unit there too, and dpkg gives ours the file. */
const UNITS = 'usr/lib/systemd/system'

/** The paths in which the systems differ. */
const PLACES = {
  deb: {
    programs: 'sbin',
    link: `/${BINARY}`,
    zsh: 'usr/share/zsh/vendor-completions',
    licence: `usr/share/doc/${NAME}/copyright`,
  },
  rpm: {
    programs: 'usr/sbin',
    link: '../lib/ipvsadm/ipvsadm',
    zsh: 'usr/share/zsh/site-functions',
    licence: `usr/share/licenses/${NAME}/LICENSE`,
  },
}

/**
 * A file of a package: its content is a text, or a copy of a file of the checkout; or it is a link.
 * @typedef {{ path: string, text?: string | Buffer, copy?: string, target?: string, mode?: number, kind?: string }} Entry
 */

/**
 * The files that both packages have.
 * @param {'deb' | 'rpm'} format
 * @returns {Entry[]}
 */
function contents(format, machine) {
  const { programs, link, zsh, licence } = PLACES[format]
  const completion = (shell) =>
    execFileSync(join(root, 'dist/standalone/ipvsadm'), ['completion', shell], { encoding: 'utf8' })
  const pages = PROGRAMS.map((name) => `${name}.8`)
  return [
    { path: BINARY, copy: join(machine.folder, 'ipvsadm'), mode: 0o755 },
    { path: 'usr/lib/ipvsadm/service', text: read('packaging/systemd/service'), mode: 0o755 },
    { path: `${UNITS}/ipvsadm.service`, text: read('packaging/systemd/ipvsadm.service') },
    ...PROGRAMS.map((name) => ({ path: `${programs}/${name}`, target: link })),
    ...pages.map((page) => ({
      path: `usr/share/man/man8/${page}.gz`,
      text: compressed(read(`man/${page}`)),
    })),
    { path: 'usr/share/bash-completion/completions/ipvsadm', text: completion('bash') },
    { path: `${zsh}/_ipvsadm`, text: completion('zsh') },
    { path: 'usr/share/fish/vendor_completions.d/ipvsadm.fish', text: completion('fish') },
    ...DOCUMENTS.map((name) => ({ path: `usr/share/doc/${NAME}/${name}`, text: read(`docs/${name}`) })),
    { path: licence, text: licences(machine.folder) },
  ]
}

const compressed = (text) => gzipSync(text, { level: 9 })

/** The texts of all licences: of this project, and of everything in the programs of a folder of dist/. */
export function licences(folder) {
  const ours = read('packaging/copyright').replace('@LICENSE@', read('LICENSE').trim())
  return ours + read(`${folder}/THIRD-PARTY-LICENSES`)
}

/**
 * Lays files out in a folder; the same at any time and under any umask.
 * @param {string} folder
 * @param {Entry[]} files
 */
function lay(folder, files) {
  for (const { path, text, copy, target, mode = 0o644 } of files) {
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 })
    if (target !== undefined) symlinkSync(target, place)
    else {
      if (copy !== undefined) cpSync(join(root, copy), place)
      else writeFileSync(place, text ?? '')
      chmodSync(place, mode)
    }
  }
}

/**
 * The files of the package of the agent, which runs on the system's Node.js.
 * @param {typeof MACHINES[number]} machine
 * @returns {Entry[]}
 */
function agentContents(machine) {
  const place = 'usr/lib/ipvsadm-agent'
  const bundles = ['main', 'agent', 'fleet', 'serve'].map((name) => `dist/${name}.js`)
  const addon = `prebuilds/linux-${machine.node}/node.napi.node`
  return [
    ...['bin/launch.cjs', ...bundles, `dist/${addon}`].map((copy) => ({
      path: `${place}/${copy}`,
      copy,
    })),
    { path: `${place}/bin/ipvsadm`, copy: 'bin/ipvsadm', mode: 0o755 },
    { path: 'usr/sbin/ipvsadm-agent', text: read('packaging/agent/program'), mode: 0o755 },
    { path: 'usr/sbin/ipvsadm-fleet', text: read('packaging/agent/fleet-program'), mode: 0o755 },
    {
      path: `${UNITS}/ipvsadm-agent.service`,
      text: read('packaging/systemd/ipvsadm-agent.service'),
    },
    ...[
      'agent.md',
      'agent-config.md',
      'fleet.md',
      'monitoring.md',
      'monitoring/alerts.yml',
      'monitoring/grafana.json',
    ].map((name) => ({
      path: `usr/share/doc/ipvsadm-agent/${name}`,
      text: read(`docs/${name}`),
    })),
    { path: 'usr/share/doc/ipvsadm-agent/copyright', text: licences('dist') },
  ]
}

function deb(machine, folder, output) {
  writeDeb(NAME, machine, 'packaging/debian', contents('deb', machine), join(folder, NAME), output)
  const agent = 'ipvsadm-agent'
  writeDeb(agent, machine, 'packaging/agent', agentContents(machine), join(folder, agent), output)
}

/**
 * @param {string} name of the package
 * @param {typeof MACHINES[number]} machine
 * @param {string} from the folder of what dpkg wants
 * @param {Entry[]} contents
 * @param {string} folder where it is laid out
 * @param {string} output
 */
function writeDeb(name, machine, from, contents, folder, output) {
  const material = (file) => read(`${from}/${file}`)
  /** @type {Entry[]} */
  const files = [
    ...contents,
    { path: `usr/share/doc/${name}/changelog.Debian.gz`, text: compressed(material('changelog')) },
    { path: `usr/share/lintian/overrides/${name}`, text: material('lintian-overrides') },
  ]
  lay(folder, files)
  const plain = files.filter(({ target }) => target === undefined).map(({ path }) => path)
  const bytes = plain.map((path) => readFileSync(join(folder, path)))
  const size = bytes.reduce((sum, { length }) => sum + Math.ceil(length / 1024), 0)
  const sums = plain.map((path, at) => `${createHash('md5').update(bytes[at]).digest('hex')}  ${path}\n`)
  lay(join(folder, 'DEBIAN'), [
    {
      path: 'control',
      text: material('control')
        .replace('@VERSION@', version)
        .replace('@SIZE@', `${size}`)
        .replace('@ARCHITECTURE@', machine.deb),
    },
    { path: 'md5sums', text: sums.sort().join('') },
    ...['preinst', 'postinst', 'prerm', 'postrm']
      .filter((path) => existsSync(join(root, from, path)))
      .map((path) => ({ path, text: material(path), mode: 0o755 })),
  ])
  execFileSync('dpkg-deb', [
    '--root-owner-group',
    '--build',
    folder,
    join(output, `${name}_${version}-1_${machine.deb}.deb`),
  ])
}

function rpm(machine, folder, output) {
  /** @type {Entry[]} */
  const files = [
    ...contents('rpm', machine),
    {
      path: 'etc/sysconfig/ipvsadm-config',
      text: read('packaging/rpm/ipvsadm-config'),
      kind: '%config(noreplace) ',
    },
  ]
  lay(folder, files)
  const list = files.map(({ path, kind = '' }) => `${kind}/${path}\n`)
  writeFileSync(`${folder}.files`, ['%defattr(-,root,root)\n%dir /usr/lib/ipvsadm\n', ...list].join(''))
  const defines = {
    program_version: version,
    stage: folder,
    _topdir: `${folder}.build`,
    _rpmdir: output,
    _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    _buildhost: 'localhost',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
  }
  const words = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`])
  execFileSync('rpmbuild', [
    '-bb',
    '--quiet',
    '--target',
    `${machine.rpm}-linux`,
    ...words,
    join(root, `packaging/rpm/${NAME}.spec`),
  ])
}

const MAKERS = { deb, rpm }

/**
 * Makes the packages, `deb` or `rpm` each, in the folder `output`. dist/ must have been built, with the executables.
 * @param {string[]} formats
 * @param {string} output
 * @param {typeof MACHINES} machines
 */
export function writePackages(formats, output = join(root, 'release'), machines = MACHINES) {
  process.umask(0o022)
  // Stronger compression takes minutes for a tenth of the size.
  process.env.DPKG_DEB_COMPRESSOR_TYPE ??= 'xz'
  process.env.DPKG_DEB_COMPRESSOR_LEVEL ??= '1'
  process.env.SOURCE_DATE_EPOCH ??= execFileSync('git', ['log', '-1', '--format=%ct'], {
    cwd: root,
    encoding: 'utf8',
  }).trim()
  mkdirSync(output, { recursive: true })
  const place = mkdtempSync(join(tmpdir(), 'ipvsadm-package-'))
  try {
    for (const machine of machines) {
      for (const format of formats) MAKERS[format](machine, join(place, `${format}-${machine.deb}`), output)
    }
  } finally {
    rmSync(place, { recursive: true })
  }
}

if (process.argv[1] === import.meta.filename) {
  // FORMAT OUTPUT MACHINE, for tests: one machine as dpkg calls it.
  const [format = '', output, machine] = process.argv.slice(2)
  writePackages(
    [format],
    output,
    MACHINES.filter(({ deb }) => machine === undefined || machine === deb),
  )
}
