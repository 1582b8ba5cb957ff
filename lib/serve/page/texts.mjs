// Elements and texts of the page. Texts go into text nodes only.

/** @typedef {number | string} Count digits in a string beyond 2^53-1 */

const COUNT = new Intl.NumberFormat('en')

/**
 * The element of page.html with this id.
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`page.html has no #${id}`)
  return found
}

/** @param {string} id @returns {HTMLInputElement} */
export const inputById = (id) => /** @type {HTMLInputElement} */ (byId(id))

/** @param {string} id @returns {HTMLDialogElement} */
export const dialogById = (id) => /** @type {HTMLDialogElement} */ (byId(id))

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Readonly<Record<string, string>>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/**
 * A button with what it does.
 * @param {string} text
 * @param {Readonly<Record<string, string>>} attributes
 * @param {() => void} click
 */
export function button(text, attributes, click) {
  const made = element('button', { type: 'button', ...attributes }, text)
  made.addEventListener('click', click)
  return made
}

/**
 * Sets a text unless it is there already.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/** @param {Element} node @param {string} name */
export function setClass(node, name) {
  if (node.className !== name) node.className = name
}

/** @param {Count} value */
export const count = (value) =>
  typeof value === 'string' ? COUNT.format(BigInt(value)) : COUNT.format(value)

/** @param {Count} value */
export function bytes(value) {
  let rest = Number(value)
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (rest < 1000) return `${unit === 'B' || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${unit}`
    rest /= 1000
  }
  return `${rest.toFixed(1)} TB`
}

/**
 * The time that has passed.
 * @param {number} time milliseconds since 1970
 */
export function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - time) / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`
}

/** @param {{ protocol: string, service: string }} row */
export const nameOf = ({ protocol, service }) =>
  `${protocol.replace('fwmark', 'mark').toUpperCase()} ${service}`
