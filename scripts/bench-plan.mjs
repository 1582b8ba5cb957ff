// The measurements of scripts/bench: the rows of its table, and the plans that scripts/bench-run runs for them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The compared programs: how each is called, and its status for `-h` without ip_vs. */
export const VARIANTS = {
  node: { command: (root, program) => [process.execPath, join(root, 'bin', program)], help: { status: 0 } },
  standalone: { command: (root, program) => [join(root, 'dist/standalone', program)], help: { status: 0 } },
  reference: { command: (_root, program) => [join('/sbin', program)], help: { status: 2 } },
}

const OURS = ['node', 'standalone']
const ALL = ['node', 'standalone', 'reference']
/**
 * The programs whose short commands take turns, and their share of the rounds outside the test kernel. Node is not among those
 * that are compared: it leaves the processor's caches without the data of the program after it.
 */
const TURNS = [
  { variants: ['standalone', 'reference'], share: 5 },
  { variants: ['node'], share: 1 },
]

/** Tables: so many services with so many real servers each. */
const SHAPES = { full: ['1000x10', '10000x1', '1x10000'], quick: ['20x10', '200x1', '1x200'] }
const GROWTH = { full: [1000, 10000, 100000], quick: [100, 1000] }
/** Services, with ten real servers each. */
const TRACED = { full: [100, 1000], quick: [10, 110] }
const CONNECTIONS = { full: 100000, quick: 1000 }
const ROUNDS = { full: { start: 40, first: 5, others: 3 }, quick: { start: 3, first: 1, others: 1 } }

/**
 * The rows and the plans. `row.key` and a variant make a step's label.
 * @param folder where the files that the steps read are written
 */
export function plans(root, folder, size) {
  const rows = []
  const file = (name, text) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const row = (key, title, variants = ALL) => {
    rows.push({ key, title, variants })
    return key
  }
  const step = (label, stdin, status, ...command) => [label, stdin, status, ...command].join('\t')
  const on = (variant, program) => VARIANTS[variant].command(root, program)
  const clear = step('-', '/dev/null', 0, '/sbin/ipvsadm', '-C')
  const nothing = /** @type {string[]} */ ([])
  const each = (
    key,
    variants,
    words,
    { stdin = '/dev/null', program = 'ipvsadm', status = 0, before = nothing } = {},
  ) =>
    variants.flatMap((variant) => [
      ...before,
      step(`${key} ${variant}`, stdin, status, ...on(variant, program), ...words),
    ])
  const bare = (key) => step(`${key} bare`, '/dev/null', 0, process.execPath, '-e', '0')
  const { start, first, others } = ROUNDS[size]

  // Without ip_vs every program queries the kernel, runs modprobe, queries again and ends with status 2; of `-h` so does the
  // reference alone.
  const refused = row('start', 'start to exit: a refused option, no ip_vs')
  const help = row('help', '`-h`, no ip_vs')
  const outside = /** @type {string[]} */ ([])
  for (const { variants, share } of TURNS) {
    outside.push(`rounds ${start * share}`, ...each(refused, variants, ['-Q'], { status: 2 }))
    outside.push(...variants.flatMap((variant) => each(help, [variant], ['-h'], VARIANTS[variant].help)))
  }
  outside.push(bare('start'))

  const once = [
    { key: row('refused', 'a refused option'), words: ['-Q'], how: { status: 255 } },
    { key: row('timeouts', 'one exchange: `-Ln --timeout`'), words: ['-Ln', '--timeout'], how: {} },
    { key: row('add', 'one `-A`'), words: ['-A', '-t', '192.0.2.1:80'], how: { before: [clear] } },
  ]
  const inside = /** @type {string[]} */ ([])
  for (const { variants } of TURNS) {
    inside.push(`rounds ${Math.ceil(start / 4)}`)
    for (const { key, words, how } of once) inside.push(...each(key, variants, words, how))
  }
  inside.push(bare('refused'), bare('add'))

  SHAPES[size].forEach((shape, i) => {
    const [services, servers] = shape.split('x').map(Number)
    const rules = file(`rules-${shape}`, rulesOf(services, servers))
    const title = (work) => `${work}, ${services.toLocaleString('en')} × ${servers.toLocaleString('en')}`
    inside.push(`rounds ${i === 0 ? first : others}`)
    const empty = { stdin: rules, before: ['namespace'] }
    inside.push(...each(row(`new ${shape}`, title('`-R`, new namespace')), ALL, ['-R'], empty))
    inside.push(...each(row(`R ${shape}`, title('`-R`')), ALL, ['-R'], { stdin: rules, before: [clear] }))
    if (i === 0) {
      const changed = file(`changed-${shape}`, rulesOf(services, servers, 77))
      const restore = { program: 'ipvsadm-restore' }
      inside.push(
        ...each(row('restore', title('`ipvsadm-restore`, empty table')), ALL, [], {
          ...restore,
          stdin: rules,
          before: [clear],
        }),
      )
      inside.push(
        ...each(row('again', title('`ipvsadm-restore`, nothing to change')), ALL, [], {
          ...restore,
          stdin: rules,
        }),
      )
      const back = step('-', rules, 0, ...on('standalone', 'ipvsadm-restore'))
      inside.push(
        ...each(row('one', title('`ipvsadm-restore`, one weight to change')), ALL, [], {
          ...restore,
          stdin: changed,
          before: [back],
        }),
      )
    }
    inside.push(...each(row(`Ln ${shape}`, title('`-Ln`')), ALL, ['-Ln']))
    inside.push(...each(row(`Sn ${shape}`, title('`-Sn`')), ALL, ['-Sn']))
    inside.push(...each(row(`stats ${shape}`, title('`-Ln --stats`')), ALL, ['-Ln', '--stats']))
  })

  inside.push('rounds 1')
  for (const services of GROWTH[size]) {
    const rules = file(`growth-${services}`, rulesOf(services, 0))
    const title = (work) => `${work}, ${services.toLocaleString('en')} services`
    const grown = (work) => row(`growth ${work} ${services}`, title(`\`${work}\``), OURS)
    for (const variant of OURS) {
      const only = [variant]
      inside.push(...each(`growth -R ${services}`, only, ['-R'], { stdin: rules, before: [clear] }))
      inside.push(...each(`growth -Ln ${services}`, only, ['-Ln']))
      inside.push(...each(`growth -Sn ${services}`, only, ['-Sn']))
    }
    for (const work of ['-R', '-Ln', '-Sn']) grown(work)
  }
  inside.push(clear)

  // The list is a generated file in a separate /proc/net, because mounts in the kernel's one are not visible to other processes:
  // this compares formatters, not kernels.
  const list = file('connections', connectionsOf(CONNECTIONS[size]))
  const otherProc = [
    'mkdir /run/proc',
    'mount --bind /proc /run/proc',
    'mount -t tmpfs none /proc',
    'ln -s /run/proc/[!n]* /proc',
    'mkdir /proc/net',
    `cp ${list} /proc/net/ip_vs_conn`,
  ]
  inside.push(step('-', '/dev/null', 0, '/bin/sh', '-c', otherProc.join(' && ')))
  inside.push(`rounds ${others}`)
  const key = row('Lcn', `\`-Lcn\`, ${CONNECTIONS[size].toLocaleString('en')} connections (a generated list)`)
  inside.push(...each(key, ALL, ['-Lcn']))

  return { rows, outside, inside, growth: GROWTH[size], traced: tracedFiles(file, TRACED[size]) }
}

/** Two restores for strace: their difference is that of so many rules, without the start and the compilers' first work. */
function tracedFiles(file, [less, more]) {
  const few = file('traced-few', rulesOf(less, 10))
  const many = file('traced-many', rulesOf(more, 10))
  return { few, many, rules: (more - less) * 11 }
}

/** @param weight of the very first server, if it differs */
export function rulesOf(services, servers, weight) {
  const lines = []
  for (let i = 0; i < services; i++) {
    const service = `-t 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`
    lines.push(`-A ${service} -s wlc`)
    for (let j = 0; j < servers; j++) {
      const own = i + j === 0 && weight !== undefined ? weight : 1 + (j % 100)
      lines.push(`-a ${service} -r 192.168.${j >> 8}.${j & 255}:80 -m -w ${own}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Connections, in the format of /proc/net/ip_vs_conn. */
function connectionsOf(count) {
  const hex = (number, width) => number.toString(16).toUpperCase().padStart(width, '0')
  const lines = ['Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData']
  for (let i = 0; i < count; i++) {
    lines.push(
      `TCP ${hex(0x0a090000 + (i >> 4), 8)} ${hex(1024 + (i % 50000), 4)} 0A090001 0050 0A0900${hex(i % 250, 2)} 1F90 ESTABLISHED ${String(i % 900).padStart(7)}`,
    )
  }
  return `${lines.join('\n')}\n`
}
