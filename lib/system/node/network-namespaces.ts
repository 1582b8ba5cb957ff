// Network namespaces on Node, which cannot enter one: `nsenter` of util-linux runs this program again in another.
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describeErrno } from '../../model/errors.ts'
import { MODPROBE } from '../modprobe.ts'
import { inodeOf, MOUNTS, NSENTER, O_PATH } from '../namespace-files.ts'
import type { Entered, Interruption, Namespaces } from '../system.ts'

const PASSED_ON: readonly Interruption[] = ['SIGHUP', 'SIGINT', 'SIGTERM']

export const nodeNamespaces: Namespaces = {
  list: (directory) => readdirSync(directory),
  inode(path) {
    const descriptor = openSync(path, O_PATH)
    try {
      return inodeOf(readlinkSync(`/proc/self/fd/${descriptor}`), () => readFileSync(MOUNTS, 'utf8'))
    } finally {
      closeSync(descriptor)
    }
  },
  async read(path, file) {
    return await held(path, async (namespace) => await output(namespace, ['/bin/cat', file]))
  },
  async enter(path, words) {
    return await held(path, async (namespace) => {
      // Tries an existing program first, so that a later failure is this program's.
      await output(namespace, [NSENTER, '--version'])
      const [script = ''] = process.argv.slice(1)
      return await again(namespace, [process.execPath, ...process.execArgv, script, ...words])
    })
  },
}

/** Keeps the namespace open, so that the path refers to the same one until the end of the work. */
async function held<T>(path: string, work: (option: string) => Promise<T>): Promise<T> {
  const descriptor = openSync(path, 'r')
  try {
    return await work(`--net=/proc/${process.pid}/fd/${descriptor}`)
  } finally {
    closeSync(descriptor)
  }
}

/** The output of a program in the namespace. */
async function output(namespace: string, words: readonly string[]): Promise<string> {
  const { spawnSync } = await import('node:child_process')
  const { status, stdout, stderr, error } = spawnSync(NSENTER, [namespace, ...words], {
    env: { ...MODPROBE.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error !== undefined) throw noNsenter(error)
  if (status !== 0) throw await problemOf(stderr.toString())
  return stdout.toString()
}

function noNsenter(error: NodeJS.ErrnoException): Error {
  const { code = '' } = error
  return code === 'ENOENT'
    ? Object.assign(new Error(`there is no ${NSENTER}; it is in the package util-linux`), { code: 'ENOSYS' })
    : error
}

/** The error in a message of nsenter: `nsenter: … failed: Operation not permitted`. */
async function problemOf(text: string): Promise<Error> {
  const { constants } = await import('node:os')
  const message = text
    .trim()
    .split('\n', 1)[0]!
    .replace(/^nsenter: /, '')
  const [code = 'EINVAL'] =
    Object.entries(constants.errno).find(([, errno]) => message.endsWith(describeErrno(errno))) ?? []
  return Object.assign(new Error(message), { code })
}

/** Runs a program in the namespace in place of this one, with its streams and forwarded signals. */
async function again(namespace: string, words: readonly string[]): Promise<Entered> {
  const { spawn } = await import('node:child_process')
  const { constants } = await import('node:os')
  return await new Promise((resolve, reject) => {
    const child = spawn(NSENTER, [namespace, ...words], { stdio: 'inherit' })
    const pass = (signal: NodeJS.Signals) => void child.kill(signal)
    for (const signal of PASSED_ON) process.on(signal, pass)
    const end = () => {
      for (const signal of PASSED_ON) process.removeListener(signal, pass)
    }
    child.on('error', (error) => {
      end()
      reject(error)
    })
    child.on('exit', (status, signal) => {
      end()
      resolve({ status: status ?? 128 + constants.signals[signal!] })
    })
  })
}
