// The meaning of `-L` and its modifiers: the listing, its entries and its format.

import type { Format, View } from '../model/listing-format.ts'
import type { ServiceId } from '../model/service.ts'
import type { Command, Resolving } from './command.ts'
import type { OptionId } from './option-rows.ts'
import type { RawOptions } from './raw-options.ts'
import { refuse } from './refusals.ts'

/** The reference's order of precedence when several views are asked for. */
const VIEWS: readonly (View & OptionId)[] = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info']

/** @param service only this one */
export function listing(given: readonly OptionId[], values: RawOptions, service?: ServiceId): Command {
  const { format, colour, filter } = values
  const view = VIEWS.find((id) => given.includes(id)) ?? 'route'
  const numeric = given.includes('numeric')
  const persistentConn = given.includes('persistent-conn')
  const narrow = NARROW_LISTINGS.find((id) => given.includes(id))
  if (
    narrow !== undefined &&
    view !== 'route' &&
    view !== 'tun-info' &&
    !(view === 'persistent-conn' && given.includes('connection'))
  ) {
    refuse('options conflicts in the list command')
  }
  const unfit = narrow && UNFIT_FILTERS[narrow].find((id) => given.includes(id))
  if (unfit !== undefined)
    refuse(`The option '${unfit}' conflicts with the '${narrow}' option in the 'list' command`)
  if (narrow === 'timeout') return { kind: 'list-timeouts', ...jsonOnly(format, "'timeout' option") }
  if (narrow === 'daemon') return { kind: 'list-daemons', ...jsonOnly(format, "'daemon' option") }
  const presentation = {
    ...(format !== undefined && { format }),
    ...(colour !== undefined && { colour }),
    ...(filter !== undefined && { filter }),
    ...resolving(values),
  }
  if (narrow === 'connection') {
    const only = service === undefined ? {} : { service }
    return { kind: 'list-connections', ...only, numeric, persistentConn, ...presentation }
  }
  const [exact, sort] = [given.includes('exact'), !given.includes('nosort')]
  return { kind: 'list-table', service, view, numeric, exact, sort, ...presentation }
}

const NARROW_LISTINGS = ['connection', 'timeout', 'daemon'] as const

/** Filters that apply only to listings of the table. */
const UNFIT_FILTERS: Readonly<Record<(typeof NARROW_LISTINGS)[number], readonly OptionId[]>> = {
  connection: ['activity', 'draining'],
  timeout: ['family', 'protocol', 'address', 'server', 'activity', 'draining'],
  daemon: ['family', 'protocol', 'address', 'server', 'activity', 'draining'],
}

/** The time to wait for names, if one was given. */
export function resolving({ resolveTimeout }: RawOptions): Resolving {
  return resolveTimeout === undefined ? {} : { resolveTimeout }
}

/** The format of a listing that has lines and JSON, but no table. */
export function jsonOnly(format: Format | undefined, whose: string): { readonly format?: Format } {
  if (format === 'table') refuse(`Illegal 'table' option with the ${whose}`)
  return format === undefined ? {} : { format }
}
