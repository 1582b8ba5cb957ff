// The built programs as a process that stays: in the test kernel Node takes a second to start, a command in a running one
// some milliseconds. What is on the PATH in their place is resident.sh, which says its words here, through a FIFO, and is
// told the status; its directory and its streams are used as they are. One request at a time.
//
//   node resident.cjs FOLDER PATH-OF-dist/main.js
const { createReadStream, openSync, closeSync, readFileSync, writeSync } = require('node:fs')
const { join } = require('node:path')

const [, , folder, bundle] = process.argv
const { main, nodeSystem, ON_NODE } = require(bundle)

/**
 * Runs a program on the streams of a process; returns its status.
 * @param {string[]} request the process, the program, its words
 */
async function run([pid, program, ...words]) {
  process.chdir(`/proc/${pid}/cwd`)
  const [output, errors] = [8, 9].map((descriptor) => openSync(`/proc/${pid}/fd/${descriptor}`, 'a'))
  try {
    const system = {
      ...nodeSystem,
      readInput: () => readFileSync(`/proc/${pid}/fd/7`),
      writeOutput: (text) => void writeSync(output, text),
      writeError: (text) => void writeSync(errors, text),
      outputTerminal: () => undefined,
      errorIsTerminal: () => false,
    }
    return await main(program, words, system, ON_NODE)
  } finally {
    closeSync(output)
    closeSync(errors)
  }
}

const reply = openSync(join(folder, 'reply'), 'r+')
let received = ''
// Opened for writing too, a FIFO has no end.
createReadStream(join(folder, 'request'), { flags: 'r+', encoding: 'utf8' }).on('data', async (text) => {
  received += text
  const [count, ...words] = received.split('\0')
  if (words.length <= Number(count)) return
  received = ''
  writeSync(reply, `${await run(words.slice(0, -1)).catch((error) => console.error(error) ?? 70)}\n`)
})
