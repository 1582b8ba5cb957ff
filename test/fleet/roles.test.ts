// Users and roles of etcd, by the commands of docs/fleet.md, and certificates on both sides.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { EtcdStore } from '../../lib/fleet/etcd-store.ts'
import { clusterSettings } from '../../lib/fleet/fleet-settings.ts'
import { openStore } from '../../lib/fleet/open-store.ts'
import { nodeSystem } from '../../lib/system/node/system.ts'
import { EtcdCluster } from './support/etcd-cluster.ts'

const DOCUMENT = readFileSync(join(__dirname, '../../docs/fleet.md'), 'utf8')

describe('users', () => {
  let cluster: EtcdCluster
  const stores: EtcdStore[] = []
  const as = (name: string, password: string) => {
    const store = cluster.connect({ login: { name, password } })
    stores.push(store)
    return store
  }

  beforeAll(async () => {
    cluster = await EtcdCluster.start()
    const lines = DOCUMENT.split('\n').filter((line) => line.startsWith('etcdctl '))
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) cluster.control(...line.split(' ').slice(1))
    cluster.control('user', 'add', 'root:secret')
    cluster.control('user', 'grant-role', 'root', 'root')
    cluster.control('auth', 'enable')
  })
  afterAll(async () => {
    for (const store of stores) store.close()
    await cluster?.stop()
  })

  const put = async (store: EtcdStore, key: string) => {
    const lease = await store.grant(60)
    return await store.transact([], [{ put: key, value: 'x', lease }])
  }

  it('a director reads all, and writes its own keys alone', async () => {
    const director = as('lb1', 'secret1')
    expect((await put(director, '/ipvsadm/directors/lb1')).done).toBe(true)
    expect((await put(director, '/ipvsadm/members/lb1')).done).toBe(true)
    expect((await put(director, '/ipvsadm/rivals/lb1/7b')).done).toBe(true)
    expect((await director.list('/ipvsadm/')).entries).toHaveLength(3)
    for (const key of [
      'directors/lb2',
      'directors/lb10',
      'members/lb2',
      'rivals/lb10/7b',
      'groups/web/current',
      'documents/web/x',
      'history/web/00000001',
      'format',
    ]) {
      await expect(put(director, `/ipvsadm/${key}`)).rejects.toMatchObject({ failure: 'denied' })
    }
    await expect(director.get('/registry/x')).rejects.toMatchObject({ failure: 'denied' })
    const reason = await new Promise((resolve) => {
      director.watch('/registry/', 1, { events: () => {}, ended: resolve })
    })
    expect(reason).toMatchObject({ failure: 'denied' })
  })

  it('a director that may, carries rollouts on', async () => {
    const director = as('lb1', 'secret1')
    const lease = await director.grant(60)
    const { done } = await director.transact(
      [{ key: '/ipvsadm/groups/web/lead', modRevision: 0 }],
      [{ put: '/ipvsadm/groups/web/lead', value: 'lb1', lease }],
    )
    expect(done).toBe(true)
    expect(await director.keepAlive(lease)).toBe(true)
    expect(await director.leaseAge(lease)).toBeLessThan(60)
    await director.revoke(lease)
  })

  it('an operator writes all of the prefix, and nothing else', async () => {
    const operator = as('operator', 'secret2')
    expect((await put(operator, '/ipvsadm/groups/web/current')).done).toBe(true)
    await expect(put(operator, '/registry/x')).rejects.toMatchObject({ failure: 'denied' })
  })

  it('a wrong password, or none, is refused', async () => {
    await expect(as('lb1', 'wrong').get('/ipvsadm/x')).rejects.toMatchObject({
      failure: 'unauthenticated',
    })
    const nobody = cluster.connect()
    stores.push(nobody)
    await expect(nobody.get('/ipvsadm/x')).rejects.toMatchObject({ failure: 'unauthenticated' })
  })

  it('log in again when the cluster has forgotten their token', async () => {
    const operator = as('operator', 'secret2')
    await operator.get('/ipvsadm/x')
    await cluster.kill(0)
    cluster.startMember(0)
    await cluster.ready()
    const before = (await operator.get('/ipvsadm/x')).revision
    expect(before).toBeGreaterThan(0)
    const watched = new Promise((resolve, reject) => {
      operator.watch('/ipvsadm/watched', before + 1, { events: resolve, ended: reject })
    })
    await put(operator, '/ipvsadm/watched')
    await watched
  })
})

describe('certificates', () => {
  let cluster: EtcdCluster
  let folder: string
  const path = (name: string) => join(folder, name)
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })

  /** A key and a certificate of the authority. */
  const certify = (name: string, usage: string) => {
    openssl(
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`],
      ...['-keyout', `${name}.key`, '-out', `${name}.csr`],
    )
    writeFileSync(path('ext'), `subjectAltName=IP:127.0.0.1\nextendedKeyUsage=${usage}\n`)
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '2', '-extfile', 'ext', '-out', `${name}.pem`],
    )
  }

  beforeAll(async () => {
    folder = execFileSync('mktemp', ['-d', '/tmp/ipvsadm-certificates.XXXXXX'], { encoding: 'utf8' }).trim()
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=authority', '-days', '2'],
      ...['-keyout', 'ca.key', '-out', 'ca.pem'],
    )
    certify('member', 'serverAuth')
    certify('lb1', 'clientAuth')
    cluster = await EtcdCluster.start({
      scheme: 'https',
      words: [
        ...['--cert-file', path('member.pem'), '--key-file', path('member.key')],
        ...['--trusted-ca-file', path('ca.pem'), '--client-cert-auth', '--enable-grpc-gateway=false'],
      ],
      settings: {
        tls: {
          authority: readFileSync(path('ca.pem')),
          certificate: readFileSync(path('lb1.pem')),
          key: readFileSync(path('lb1.key')),
        },
      },
    })
  })
  afterAll(async () => {
    await cluster?.stop()
    execFileSync('rm', ['-r', folder])
  })

  const open = (files: Readonly<Record<string, string>>) => {
    const opened = openStore({ endpoints: cluster.endpoints, ...files }, nodeSystem)
    if ('problem' in opened) throw new Error(opened.problem)
    return opened.store
  }
  const ours = () => ({ ca: path('ca.pem'), cert: path('lb1.pem'), key: path('lb1.key') })

  it('of both sides open the connection; the member needs one of a server alone', async () => {
    const store = open(ours())
    expect((await store.transact([], [{ put: '/a', value: 'x' }])).done).toBe(true)
    store.close()
  })

  it.each([
    ['without a certificate', () => ({ ca: path('ca.pem') })],
    [
      'to a member that the authorities of the system do not know',
      () => ({ cert: path('lb1.pem'), key: path('lb1.key') }),
    ],
  ])('nothing is told %s', async (_, files) => {
    const store = open(files())
    await expect(store.get('/a')).rejects.toMatchObject({ failure: 'unavailable' })
    store.close()
  })

  it('give the user of etcd by their common name', async () => {
    const tls = ['--cacert', path('ca.pem'), '--cert', path('lb1.pem'), '--key', path('lb1.key')]
    for (const line of [
      'role add reader',
      'role grant-permission reader --prefix=true read /ipvsadm/',
      'user add lb1:unused',
      'user grant-role lb1 reader',
      'user add root:secret',
      'user grant-role root root',
      'auth enable',
    ]) {
      cluster.control(...tls, ...line.split(' '))
    }
    const store = open(ours())
    expect((await store.list('/ipvsadm/')).entries).toEqual([])
    await expect(store.get('/a')).rejects.toMatchObject({ failure: 'denied' })
    store.close()
  })

  it('that cannot be read are a problem before anything is asked', () => {
    const settings = { endpoints: ['https://127.0.0.1:1'], ca: path('none') }
    expect(clusterSettings(settings, nodeSystem)).toEqual({
      problem: expect.stringMatching(/^cannot read \/.+: ENOENT/),
    })
  })
})
