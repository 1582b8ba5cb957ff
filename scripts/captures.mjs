// Screens with escapes → text and pictures: NAME.ansi → NAME.txt and NAME.png (through SVG and rsvg-convert).
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A style's escape, its codes captured. */
const STYLE = `${String.fromCharCode(27)}\\[([\\d;]*)m`
const RUN = new RegExp(`${STYLE}|([^${String.fromCharCode(27)}]+)`, 'g')

const CELL = { width: 8.43, height: 18, size: 14 }
const INK = '#d0d0d0'
const PAPER = '#1c1c1c'
const COLOURS = ['#6c6c6c', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#ffffff']

/** A line's runs of equal style. */
function runs(line) {
  const result = []
  let style = { ink: INK }
  for (const [, codes, text] of line.matchAll(RUN)) {
    if (text !== undefined) {
      result.push({ text, ...style })
      continue
    }
    for (const code of (codes || '0').split(';').map(Number)) style = restyle(style, code)
  }
  return result
}

function restyle(style, code) {
  if (code === 0) return { ink: INK }
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 7) return { ...style, inverse: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 27) return { ...style, inverse: false }
  if (code === 39) return { ...style, ink: INK }
  if (code >= 30 && code <= 37) return { ...style, ink: COLOURS[code - 30] }
  if (code >= 90 && code <= 97) return { ...style, ink: COLOURS[code - 90] }
  return style
}

const escapeXml = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)

function svg(lines) {
  const columns = Math.max(...lines.map((line) => runs(line).reduce((sum, { text }) => sum + text.length, 0)))
  const width = Math.ceil((columns + 2) * CELL.width)
  const height = (lines.length + 1) * CELL.height
  const body = lines.flatMap((line, row) => {
    let column = 1
    return runs(line).map(({ text, ink, bold, dim, inverse }) => {
      const x = column * CELL.width
      const y = (row + 1) * CELL.height
      column += text.length
      const box = inverse
        ? `<rect x="${x}" y="${y - 14}" width="${text.length * CELL.width}" height="${CELL.height}" fill="${ink}"/>`
        : ''
      const weight = bold ? ' font-weight="bold"' : ''
      const opacity = dim ? ' opacity="0.6"' : ''
      const length = ` textLength="${text.length * CELL.width}"`
      return `${box}<text x="${x}" y="${y}" xml:space="preserve" fill="${inverse ? PAPER : ink}"${weight}${opacity}${length}>${escapeXml(text)}</text>`
    })
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono" font-size="${CELL.size}"><rect width="100%" height="100%" fill="${PAPER}"/>${body.join('')}</svg>`
}

const folder = process.argv[2]
for (const file of readdirSync(folder).filter((name) => name.endsWith('.ansi'))) {
  const name = join(folder, file.slice(0, -'.ansi'.length))
  const text = readFileSync(join(folder, file), 'utf8').replace(/\n+$/, '')
  writeFileSync(`${name}.txt`, `${text.replace(new RegExp(STYLE, 'g'), '').replace(/ +$/gm, '')}\n`)
  writeFileSync(`${name}.svg`, svg(text.split('\n')))
  execFileSync('rsvg-convert', ['-o', `${name}.png`, `${name}.svg`])
  rmSync(`${name}.svg`)
  rmSync(join(folder, file))
}
