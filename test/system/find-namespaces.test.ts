// The words for network namespaces, and the search for all of them.
import { describe, expect, it } from '@jest/globals'
import { findNamespace, findNamespaces } from '../../lib/system/find-namespaces.ts'
import { inodeOf } from '../../lib/system/namespace-files.ts'
import { OWN, StandIn } from '../support/namespaces.ts'

const MACHINE = new StandIn({
  files: {
    '/run/netns/blue': 1,
    '/run/netns/77': 2,
    '/run/netns/stale': undefined,
    '/run/netns/closed': 'EACCES',
    '/run/docker/netns/blue': 3,
    '/run/docker/netns/ingress_sbox': 4,
    '/proc/1/ns/net': OWN,
    '/proc/77/ns/net': 5,
    '/proc/78/ns/net': 5,
    '/proc/9/ns/net': 5,
    '/proc/80/ns/net': 'EACCES',
    '/proc/81/ns/net': 4,
    '/srv/other': 6,
  },
})

describe('the word for a namespace', () => {
  it.each([
    ['blue', '/run/netns/blue', 1],
    ['ingress_sbox', '/run/docker/netns/ingress_sbox', 4],
    ['/run/docker/netns/blue', '/run/docker/netns/blue', 3],
    ['/srv/other', '/srv/other', 6],
    ['78', '/proc/78/ns/net', 5],
    // As in iproute2, a name comes before a process.
    ['77', '/run/netns/77', 2],
  ])('%s is %s', (word, path, inode) => {
    expect(findNamespace(word, MACHINE)).toEqual({ path, inode })
  })

  it.each([
    ['red', "there is no network namespace `red'; see `ipvsadm namespaces'", 'ENOENT'],
    ['', "there is no network namespace `'; see `ipvsadm namespaces'", 'ENOENT'],
    ['/srv/none', "there is no network namespace `/srv/none'; see `ipvsadm namespaces'", 'ENOENT'],
    ['79', "there is no network namespace and no process `79'; see `ipvsadm namespaces'", 'ENOENT'],
    ['stale', '/run/netns/stale is not a network namespace', 'EINVAL'],
    ['closed', "cannot enter the network namespace `closed': Permission denied (you must be root)", 'EACCES'],
    ['80', "cannot enter the network namespace `80': Permission denied (you must be root)", 'EACCES'],
  ])('`%s` is refused in one line', (word, message, code) => {
    expect(() => findNamespace(word, MACHINE)).toThrow(expect.objectContaining({ message, code }))
  })
})

it('finds each namespace once, its own first, and counts what it may not see', () => {
  expect(findNamespaces(MACHINE)).toEqual({
    found: [
      { inode: OWN, own: true, word: '1', files: [], processes: [1] },
      { inode: 2, own: false, word: '77', files: ['/run/netns/77'], processes: [] },
      { inode: 1, own: false, word: 'blue', files: ['/run/netns/blue'], processes: [] },
      // Its name is that of another one.
      {
        inode: 3,
        own: false,
        word: '/run/docker/netns/blue',
        files: ['/run/docker/netns/blue'],
        processes: [],
      },
      {
        inode: 4,
        own: false,
        word: 'ingress_sbox',
        files: ['/run/docker/netns/ingress_sbox'],
        processes: [81],
      },
      { inode: 5, own: false, word: '9', files: [], processes: [9, 77, 78] },
    ],
    hidden: 2,
  })
})

it('every word that it gives chooses the namespace it was given for', () => {
  for (const { word, inode } of findNamespaces(MACHINE).found) {
    expect(findNamespace(word, MACHINE).inode).toBe(inode)
  }
})

describe('the inode', () => {
  const mounts = `24 1 0:4 net:[7] /run/netns/one rw shared:1 - nsfs nsfs rw
25 1 0:4 mnt:[8] /run/netns/mount rw - nsfs nsfs rw
26 1 0:4 net:[9] /run/netns/one rw - nsfs nsfs rw
27 1 0:4 net:[10] /run/netns/with\\040blank rw - nsfs nsfs rw
`
  it.each([
    ['net:[4026531840]', 4026531840],
    ['mnt:[4026531840]', undefined],
    ['pipe:[12]', undefined],
    ['/run/netns/one', 9],
    ['/run/netns/mount', undefined],
    ['/run/netns/with blank', 10],
    ['/etc/passwd', undefined],
  ])('of %s is %p', (target, inode) => {
    expect(inodeOf(target, () => mounts)).toBe(inode)
  })
})
