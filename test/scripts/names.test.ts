// scripts/names.mjs on prepared folders: the names that may come twice, and the messages on the others.
import { describe, expect, it } from '@jest/globals'
import { checkBy } from './support/check.ts'

const check = checkBy('scripts/names.mjs')

describe('scripts/names.mjs', () => {
  it('allows a module a runtime, and the one whose twins they are', () => {
    const files = {
      'netlink/transport.ts': 'export interface Transport {}\n',
      'system/node/transport.ts': 'export const transport = 1\n',
      'system/quickjs/transport.ts': 'export const transport = 2\n',
      'system/node/lock.ts': '',
      'system/quickjs/lock.ts': '',
    }
    expect(check(files)).toEqual({ status: 0, lines: [] })
  })

  it('refuses two modules of one name', () => {
    expect(check({ 'agent/health.ts': '', 'metrics/health.ts': '' })).toEqual({
      status: 1,
      lines: ['the module health.ts: lib/agent/health.ts, lib/metrics/health.ts'],
    })
  })

  it('refuses a module of the name of a runtime’s, unless that is its twin', () => {
    expect(check({ 'agent/lock.ts': '', 'system/node/lock.ts': '' }).lines).toEqual([
      'the module lock.ts: lib/agent/lock.ts, lib/system/node/lock.ts',
    ])
  })

  it('refuses two modules of one name outside the runtimes, even if one has a twin', () => {
    const files = { 'netlink/transport.ts': '', 'serve/transport.ts': '', 'system/node/transport.ts': '' }
    expect(check(files).status).toBe(1)
  })

  it.each([
    ['interfaces', 'export interface Row {}\n'],
    ['aliases', 'export type Row = 1\n'],
    ['classes', 'export class Row {}\n'],
    ['types that are not exported', 'interface Row {}\nexport const row: Row = {}\n'],
  ])('refuses two %s of one name', (_, text) => {
    const other = 'export type Row = string\n'
    expect(check({ 'ipvs/codec.ts': text, 'metrics/rows.ts': other })).toEqual({
      status: 1,
      lines: ['the type Row: lib/ipvs/codec.ts, lib/metrics/rows.ts'],
    })
  })

  it('allows imports and exports of a type by its name', () => {
    const files = {
      'model/service.ts': 'export interface Service {}\n',
      'index.ts':
        "import type { Service } from './model/service.ts'\nexport type { Service }\nexport const none: Service = {}\n",
    }
    expect(check(files)).toEqual({ status: 0, lines: [] })
  })
})
