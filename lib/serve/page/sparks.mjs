// Sparklines: the rates of new connections of the last minute, drawn while their row can be seen.

/** Readings in a sparkline: a minute. */
export const HISTORY = 60

/**
 * The rates of one row, and where they are drawn.
 * @typedef {object} Spark
 * @property {Float32Array} rates
 * @property {HTMLTableRowElement | undefined} line
 * @property {SVGPathElement | undefined} path
 * @property {string} shape
 */

const SVG = 'http://www.w3.org/2000/svg'
/** The place of the current reading in the rates. */
let now = 0
/** @type {Set<Spark>} */
const visible = new Set()
/** @type {WeakMap<Element, Spark>} */
const sparkOf = new WeakMap()

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const spark = sparkOf.get(target)
    if (spark === undefined) continue
    if (isIntersecting) {
      visible.add(spark)
      draw(spark)
    } else visible.delete(spark)
  }
})

/** @returns {Spark} */
export const newSpark = () => ({
  rates: new Float32Array(HISTORY),
  line: undefined,
  path: undefined,
  shape: '',
})

/** An empty sparkline. */
export function makeSpark() {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [key, value] of Object.entries({
    class: 'spark flat',
    viewBox: '0 0 59 16',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  })) {
    svg.setAttribute(key, value)
  }
  const path = document.createElementNS(SVG, 'path')
  svg.append(path)
  return { svg, path }
}

/**
 * Draws it in this line of the table from now on.
 * @param {Spark} spark
 * @param {HTMLTableRowElement} line
 * @param {SVGPathElement} path
 */
export function watch(spark, line, path) {
  spark.line = line
  spark.path = path
  spark.shape = ''
  sparkOf.set(line, spark)
  observer.observe(line)
}

/** @param {Spark} spark */
export function unwatch(spark) {
  if (spark.line !== undefined) observer.unobserve(spark.line)
  spark.line = undefined
  spark.path = undefined
  visible.delete(spark)
}

/** @param {Spark} spark */
export const isVisible = (spark) => visible.has(spark)

/** The next reading. */
export function advance() {
  now = (now + 1) % HISTORY
}

/** @param {Spark} spark @param {number | string} rate */
export function setRate({ rates }, rate) {
  rates[now] = Number(rate)
}

/**
 * Takes the rates of the last readings, the oldest first; before them there was nothing.
 * @param {Spark} spark
 * @param {readonly number[]} last
 */
export function setHistory({ rates }, last) {
  rates.fill(0)
  for (const [i, rate] of last.entries()) rates[(now + 1 + HISTORY - last.length + i) % HISTORY] = rate
}

export function drawVisible() {
  for (const spark of visible) draw(spark)
}

/** @param {Spark} spark */
function draw(spark) {
  const { rates, path } = spark
  if (path === undefined) return
  const most = Math.max(...rates)
  let shape = ''
  if (most > 0) {
    for (let i = 0; i < HISTORY; i++) {
      const value = rates[(now + 1 + i) % HISTORY]
      shape += `${i === 0 ? 'M' : 'L'}${i} ${(15 - (14 * value) / most).toFixed(1)}`
    }
  }
  if (shape === spark.shape) return
  spark.shape = shape
  path.setAttribute('d', shape)
  path.parentElement?.setAttribute('class', shape === '' ? 'spark flat' : 'spark')
}
