// Runs a program under V8's profiler in the test kernel and draws the profile. See scripts/flame.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rulesOf } from './bench-plan.mjs'
import { bundleApart } from './build-runtimes.mjs'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
/** Characters of the graph. */
const WIDTH = 60
/** Frames with a smaller share of the time are omitted. */
const LEAST = 0.025
/** Microseconds between two samples. */
const INTERVAL = 500

const [services, servers, program, ...words] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-flame-'))
try {
  process.stdout.write(draw(tree(await profile())))
} catch (error) {
  process.stderr.write(`flame: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The profile of one run, of a bundle whose functions have their names. */
async function profile() {
  const launcher = join(folder, 'run.cjs')
  await bundleApart(root, 'lib/main-node.ts', join(folder, 'main.js'), {
    define: { 'import.meta.url': '"file:///"' },
  })
  writeFileSync(launcher, `require('./main.js').run('${program}')\n`)
  const rules = join(folder, 'rules')
  writeFileSync(rules, rulesOf(Number(services), Number(servers)))
  const fills = program === 'ipvsadm-restore' || words.includes('-R')
  const node = ['node', '--cpu-prof', `--cpu-prof-interval=${INTERVAL}`, '--cpu-prof-dir=.', launcher]
  const script = `${fills ? '' : `/sbin/ipvsadm -R <${rules} &&`} "$@" <${rules} >/dev/null`
  const kernel = [join(root, 'scripts/kernel'), 'sh', '-c', script, 'sh', ...node, ...words]
  const { status, stderr } = spawnSync(kernel[0], kernel.slice(1), { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ended with status ${status}: ${stderr.trim()}`)
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  return JSON.parse(readFileSync(join(folder, `${file}`), 'utf8'))
}

/** The call tree with the time of each frame, in microseconds; V8's frames of one function, from several places, are one. */
function tree({ nodes, samples, timeDeltas }) {
  const own = new Map()
  for (const [i, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[i])
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const make = (ids, name) => {
    const callees = new Map()
    for (const id of ids) {
      for (const child of byId.get(id).children ?? []) {
        const { functionName, url } = byId.get(child).callFrame
        const label = url.startsWith('node:')
          ? `${functionName || 'anonymous'} (Node)`
          : functionName || 'anonymous'
        callees.set(label, [...(callees.get(label) ?? []), child])
      }
    }
    const children = [...callees].map(([label, same]) => make(same, label))
    children.sort((a, b) => b.time - a.time)
    const self = ids.reduce((sum, id) => sum + (own.get(id) ?? 0), 0)
    return { name, children, time: children.reduce((sum, { time }) => sum + time, self) }
  }
  return make([nodes[0].id], [program, ...words].join(' '))
}

function draw(all) {
  const lines = []
  const line = ({ name, time, children }, start, depth) => {
    const share = time / all.time
    if (share < LEAST) return
    const at = (part) => Math.round(WIDTH * part)
    const bar = `${' '.repeat(at(start))}${'█'.repeat(Math.max(1, at(start + share) - at(start)))}`
    lines.push(
      `${`${(100 * share).toFixed(0)}%`.padStart(4)} ${bar.padEnd(WIDTH)} ${'·'.repeat(depth)}${name}\n`,
    )
    let from = start
    for (const child of children) {
      // Omits calls between Node's own functions.
      if (!name.endsWith('(Node)') || !child.name.endsWith('(Node)')) line(child, from, depth + 1)
      from += child.time / all.time
    }
  }
  line(all, 0, 0)
  return `${(all.time / 1000).toFixed(0)} ms\n${lines.join('')}`
}
