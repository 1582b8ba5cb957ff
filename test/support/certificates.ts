// Certificates for tests, made by openssl: an authority, and what it signs.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvsadm-certificates-'))
  readonly cert: Buffer

  constructor() {
    const words = [
      ...KEY,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '30',
      '-subj',
      '/CN=Test authority',
    ]
    this.#openssl('req', '-x509', ...words)
    this.cert = this.#read('ca.crt')
  }

  /** A certificate for this name and for 127.0.0.1. */
  issue(name: string): Certificate {
    this.#openssl('req', ...KEY, '-keyout', 'own.key', '-out', 'own.csr', '-subj', `/CN=${name}`)
    writeFileSync(join(this.#folder, 'names'), `subjectAltName=DNS:${name},IP:127.0.0.1\n`)
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial']
    const words = ['-in', 'own.csr', '-out', 'own.crt', '-days', '30', '-extfile', 'names']
    this.#openssl('x509', '-req', ...signer, ...words)
    return { cert: this.#read('own.crt'), key: this.#read('own.key') }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }

  #read(name: string): Buffer {
    return readFileSync(join(this.#folder, name))
  }

  #openssl(...words: string[]): void {
    execFileSync('openssl', words, { cwd: this.#folder, stdio: 'pipe' })
  }
}
