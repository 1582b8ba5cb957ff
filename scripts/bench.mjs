// Runs the plans of bench-plan.mjs, outside and inside the test kernel, and makes tables of the results.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { plans, VARIANTS } from './bench-plan.mjs'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const size = process.argv.includes('--quick') ? 'quick' : 'full'
const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-bench-'))
const note = (text) => process.stderr.write(`bench: ${text}\n`)

/** Runs a program to its end; returns its stdout. */
function run(command, words, input = '') {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: status ${status}\n${stderr}`)
  return stdout
}

const kernel = (words, input) => run(join(root, 'scripts/kernel'), ['--mem', '2G', '--', ...words], input)

/** Samples of each step, by label. */
function collect(text, samples = new Map()) {
  for (const line of text.trim().split('\n')) {
    const [label, time, memory] = line.split('\t')
    if (!samples.has(label)) samples.set(label, [])
    samples.get(label).push({ time: Number(time), memory: Number(memory) })
  }
  return samples
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b)
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)]
/** Half of the distance between the quartiles, as a share of the median. */
const spread = (numbers) => {
  const all = sorted(numbers)
  const quartile = (n) => all[Math.floor(((all.length - 1) * n) / 4)]
  return (quartile(3) - quartile(1)) / 2 / median(numbers)
}

/** System calls of `-R` a rule, and the sends among them. */
function traceCalls({ few, many, rules }) {
  const count = (variant, file) => {
    const command = VARIANTS[variant].command(root, 'ipvsadm')
    const script = `${'exec strace -f -c -U name,calls -o /tmp/trace'} "$@" <${file} >/dev/null && exit`
    const text = kernel(['sh', '-c', `/sbin/ipvsadm -C; (${script}); cat /tmp/trace`, 'sh', ...command, '-R'])
    const calls = new Map(
      text
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .map(([name, n]) => [name, Number(n)]),
    )
    const sum = (names) => names.reduce((total, name) => total + (calls.get(name) ?? 0), 0)
    return {
      all: calls.get('total'),
      sends: sum(['sendmsg', 'sendto', 'write']),
      clock: sum(['clock_gettime']),
    }
  }
  return Object.keys(VARIANTS).map((variant) => {
    const [low, high] = [count(variant, few), count(variant, many)]
    const each = (kind) => (high[kind] - low[kind]) / rules
    return { variant, calls: each('all'), sends: each('sends'), clock: each('clock') }
  })
}

// ── The tables ───────────────────────────────────────────────────────────────────────────────────────────────────────

const format = (ms) =>
  ms === undefined
    ? ''
    : ms >= 1000
      ? `${(ms / 1000).toFixed(2)} s`
      : ms >= 100
        ? `${ms.toFixed(0)} ms`
        : `${ms.toFixed(1)} ms`
const percent = (share) => `±${Math.round(share * 100)}%`
const megabytes = (kib) => `${(kib / 1024).toFixed(0)} MB`

const table = (titles, rows) => {
  const all = [titles, ...rows]
  const widths = titles.map((_, i) => Math.max(...all.map((row) => row[i].length)))
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  return [
    line(titles),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(line),
  ].join('\n')
}

/** The reference's time divided by ours: above 1 ours is faster. */
function timesTable({ rows }, samples) {
  const cell = (key, variant) => {
    const own = samples.get(`${key} ${variant}`)?.map(({ time }) => time)
    return own === undefined
      ? ''
      : `${format(median(own))} ${own.length > 2 ? percent(spread(own)) : ''}`.trim()
  }
  const time = (key, variant) => median((samples.get(`${key} ${variant}`) ?? []).map((sample) => sample.time))
  const ratio = (key, variant) => {
    const [own, other] = [time(key, variant), time(key, 'reference')]
    return own === undefined || other === undefined ? '' : `${(other / own).toFixed(2)}×`
  }
  return table(
    ['work', 'node -e 0', 'Node', 'standalone', 'reference', 'Node is faster', 'standalone is faster'],
    rows.map(({ key, title }) => [
      title,
      cell(key, 'bare'),
      cell(key, 'node'),
      cell(key, 'standalone'),
      cell(key, 'reference'),
      ratio(key, 'node'),
      ratio(key, 'standalone'),
    ]),
  )
}

function memoryTable({ rows, growth }, samples) {
  const peak = (key, variant) => {
    const own = samples.get(`${key} ${variant}`)
    return own === undefined ? '' : megabytes(Math.max(...own.map(({ memory }) => memory)))
  }
  const wanted = rows.filter(
    ({ key }) => /^(add|R |Ln |Sn |restore|Lcn)/.test(key) || key.endsWith(` ${growth.at(-1)}`),
  )
  return table(
    ['peak memory', 'node -e 0', 'Node', 'standalone', 'reference'],
    wanted.map(({ key, title }) => [
      title,
      peak(key, 'bare'),
      peak(key, 'node'),
      peak(key, 'standalone'),
      peak(key, 'reference'),
    ]),
  )
}

/** Microseconds a service at each size, without the start; and the last as a multiple of the first. */
function growthTable({ growth }, samples) {
  const time = (label) => median(samples.get(label).map((sample) => sample.time))
  const lines = []
  for (const variant of ['node', 'standalone']) {
    const start = time(`timeouts ${variant}`)
    for (const work of ['-R', '-Ln', '-Sn']) {
      const each = growth.map((n) => ((time(`growth ${work} ${n} ${variant}`) - start) / n) * 1000)
      lines.push([
        `${variant} \`${work}\``,
        ...each.map((us) => `${us.toFixed(0)} µs`),
        `${(each.at(-1) / each[0]).toFixed(2)}`,
      ])
    }
  }
  return table(
    ['a service, without the start', ...growth.map((n) => `of ${n.toLocaleString('en')}`), 'last : first'],
    lines,
  )
}

const callsTable = (traced) =>
  table(
    ['`-R`, a rule', ...traced.map(({ variant }) => variant)],
    [
      ['system calls', ...traced.map(({ calls }) => calls.toFixed(3))],
      ['`clock_gettime` among them', ...traced.map(({ clock }) => clock.toFixed(3))],
      ['datagrams sent', ...traced.map(({ sends }) => sends.toFixed(3))],
    ],
  )

/** Against the limits that were set: of the reference's time or memory, or of that of `node -e 0`. */
function targetsTable(samples, traced, growth) {
  const shapes = [...samples.keys()].flatMap((label) => /^R (\S+) reference$/.exec(label)?.[1] ?? [])
  const [usual, services, servers] = shapes
  const of = (field) => (label) => median(samples.get(label).map((sample) => sample[field]))
  const time = of('time')
  const memory = of('memory')
  const calls = Object.fromEntries(traced.map(({ variant, calls, clock }) => [variant, calls - clock]))
  const perService = (work, variant) => {
    const each = (n) => (time(`growth ${work} ${n} ${variant}`) - time(`timeouts ${variant}`)) / n
    return each(growth.at(-1)) / each(growth[0])
  }
  const worst = (variant) => Math.max(...['-R', '-Ln', '-Sn'].map((work) => perService(work, variant)))
  const line = (title, limit, value, reached) => [title, limit, value.toFixed(2), reached ? 'yes' : 'no']
  const atMost = (title, limit, value) => line(title, `≤ ${limit}`, value, value <= limit)
  const slower = (title, limit, key, measure = time) =>
    atMost(title, limit, measure(`${key} standalone`) / measure(`${key} reference`))
  const faster = (title, limit, key, variant = 'standalone') => {
    const value = time(`${key} reference`) / time(`${key} ${variant}`)
    return line(title, `≥ ${limit}`, value, value >= limit)
  }
  const many = growth.at(-1).toLocaleString('en')
  return table(
    ['target, as a ratio', 'limit', 'measured', 'reached'],
    [
      slower('time of a refused option, no ip_vs', 1.15, 'start'),
      slower('time of `-h`, no ip_vs', 0.65, 'help'),
      slower('time of one `-A`', 1.3, 'add'),
      faster(`speed of \`-R\` ${usual}`, 20, `R ${usual}`),
      faster(`speed of \`-R\` ${services}`, 20, `R ${services}`),
      faster(`speed of \`-R\` ${servers}`, 15, `R ${servers}`),
      ...['Ln', 'Sn'].flatMap((work) => [
        faster(`speed of \`-${work}\` ${usual}`, 4, `${work} ${usual}`),
        faster(`speed of \`-${work}\` ${servers}`, 1.2, `${work} ${servers}`),
      ]),
      faster('speed of `ipvsadm-restore`, empty table', 15, 'restore'),
      faster('speed of `ipvsadm-restore`, nothing to change', 12, 'again'),
      faster('speed of `-Lcn`', 1, 'Lcn'),
      slower('memory of one `-A`', 1.1, 'add', memory),
      slower(`memory of \`-R\` ${usual}`, 1.5, `R ${usual}`, memory),
      slower('memory of `ipvsadm-restore`, nothing to change', 2, 'again', memory),
      atMost('system calls a rule, `clock_gettime` aside', 0.1, calls.standalone),
      atMost(
        `time a service, ${many} to ${growth[0].toLocaleString('en')} services`,
        1.3,
        worst('standalone'),
      ),
      atMost('Node: time of a start, to `node -e 0`', 1.3, time('start node') / time('start bare')),
      atMost('Node: memory of one `-A`, to `node -e 0`', 1.2, memory('add node') / memory('add bare')),
      faster(`Node: speed of \`-R\` ${usual}`, 5, `R ${usual}`, 'node'),
      faster(`Node: speed of \`-Ln\` ${usual}`, 1, `Ln ${usual}`, 'node'),
    ],
  )
}

function writeDocument(text) {
  const path = join(root, 'docs/performance.md')
  const document = readFileSync(path, 'utf8')
  const marked = /(<!-- bench -->\n)[\s\S]*(<!-- \/bench -->)/
  if (!marked.test(document)) throw new Error(`${path} has no place for the table`)
  writeFileSync(
    path,
    document.replace(marked, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  )
}

try {
  const plan = plans(root, folder, size)
  const steps = (lines) => `${lines.join('\n')}\n`
  const runner = join(root, 'scripts/bench-run')
  note('outside the test kernel')
  const samples = collect(run(runner, [], steps(plan.outside)))
  note('inside the test kernel')
  collect(kernel([runner], steps(plan.inside)), samples)
  note('system calls')
  const traced = traceCalls(plan.traced)
  const machine = `${cpus().length} processors (${cpus()[0].model}), Node ${process.version}.`
  const text = [
    machine,
    targetsTable(samples, traced, plan.growth),
    timesTable(plan, samples),
    growthTable(plan, samples),
    memoryTable(plan, samples),
    callsTable(traced),
  ].join('\n\n')
  process.stdout.write(`${text}\n`)
  if (process.argv.includes('--write')) writeDocument(text)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
