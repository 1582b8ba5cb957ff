// Users and the hashes of their passwords: a file of lines `NAME:SALT:HASH`, which `ipvsadm serve --hash` makes.
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

const LENGTH = 32
/** Some 50 milliseconds and 16 MB a password. */
const COST = { N: 16384, r: 8, p: 1 } as const
/** Passwords that are hashed at the same time: others wait for the next request of the browser. */
const MOST_AT_ONCE = 4
/** Credentials that were right, so that not every request is hashed again. */
const MOST_KNOWN = 1000

const hash = (password: string, salt: Buffer) =>
  new Promise<Buffer>((resolve, reject) => {
    scrypt(password, salt, LENGTH, COST, (error, key) => (error === null ? resolve(key) : reject(error)))
  })

export async function userLine(name: string, password: string): Promise<string> {
  const salt = randomBytes(16)
  return `${name}:${salt.toString('hex')}:${(await hash(password, salt)).toString('hex')}`
}

interface Secret {
  readonly salt: Buffer
  readonly hash: Buffer
}

const LINE = /^([^:\s]{1,64}):([0-9a-f]{32}):([0-9a-f]{64})$/

/** The number of the first line that is none, or the users. Empty lines and comments are passed over. */
export function parseUsers(text: string): ReadonlyMap<string, Secret> | { readonly wrongLine: number } {
  const users = new Map<string, Secret>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, salt, hash] = LINE.exec(line.trim()) ?? []
    if (name === undefined || salt === undefined || hash === undefined) return { wrongLine: index + 1 }
    users.set(name, { salt: Buffer.from(salt, 'hex'), hash: Buffer.from(hash, 'hex') })
  }
  return users
}

/** Finds the user of an `Authorization` header. */
export function verifier(
  users: ReadonlyMap<string, Secret>,
): (header: string | undefined) => Promise<Verdict> {
  const known = new Map<string, string>()
  let atOnce = 0
  return async (header) => {
    const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '') ?? []
    if (encoded === undefined) return { kind: 'refused' }
    const digest = createHash('sha256').update(encoded).digest('hex')
    const user = known.get(digest)
    if (user !== undefined) return { kind: 'user', user }
    if (atOnce >= MOST_AT_ONCE) return { kind: 'busy' }
    atOnce++
    try {
      const text = Buffer.from(encoded, 'base64').toString()
      const colon = text.indexOf(':')
      const name = text.slice(0, Math.max(colon, 0))
      // An unknown name takes as long as a known one.
      const secret = users.get(name) ?? { salt: Buffer.alloc(16), hash: Buffer.alloc(LENGTH) }
      const right = timingSafeEqual(await hash(text.slice(colon + 1), secret.salt), secret.hash)
      if (!right || !users.has(name)) return { kind: 'refused' }
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(digest, name)
      return { kind: 'user', user: name }
    } finally {
      atOnce--
    }
  }
}

export type Verdict =
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'refused' }
  /** Too many passwords are being checked. */
  | { readonly kind: 'busy' }
