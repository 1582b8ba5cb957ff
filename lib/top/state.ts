// The live view's state (selection, order, filter, unfolded services) and the effect of each key on it. Pure.
import type { Connection } from '../ipvs/connection-list.ts'
import { isFwmark } from '../model/service.ts'
import type { Key } from './keys.ts'
import { type Sample, type Track, type Tracks, track } from './tracks.ts'

export interface TopState {
  readonly tracks: Tracks
  readonly sort: SortName
  readonly reversed: boolean
  readonly filter: string
  /** The filter is being typed. */
  readonly typing: boolean
  readonly paused: boolean
  readonly help: boolean
  /** The selected service's key; undefined: the first. */
  readonly selected: string | undefined
  readonly unfolded: ReadonlySet<string>
  /** The service whose connections are shown instead of the table. */
  readonly connectionsOf: string | undefined
  /** Undefined until they have been read. */
  readonly connections: readonly Connection[] | undefined
  readonly quit: boolean
}

export const INITIAL: TopState = {
  tracks: new Map(),
  sort: 'connections/s',
  reversed: false,
  filter: '',
  typing: false,
  paused: false,
  help: false,
  selected: undefined,
  unfolded: new Set(),
  connectionsOf: undefined,
  connections: undefined,
  quit: false,
}

const total = ({ destinations }: Track, field: 'activeConnections' | 'inactiveConnections') =>
  destinations.reduce((sum, { observed }) => sum + observed[field], 0)

/** The orders of services: the largest first, names from A to Z. */
const SORTS = {
  'connections/s': ({ service }: Track) => Number(service.observed.stats.connectionRate),
  'packets in/s': ({ service }: Track) => Number(service.observed.stats.inPacketRate),
  'bytes in/s': ({ service }: Track) => Number(service.observed.stats.inByteRate),
  'bytes out/s': ({ service }: Track) => Number(service.observed.stats.outByteRate),
  active: (service: Track) => total(service, 'activeConnections'),
  inactive: (service: Track) => total(service, 'inactiveConnections'),
  name: ({ name }: Track) => name,
} as const satisfies Record<string, (track: Track) => number | string>

type SortName = keyof typeof SORTS
const SORT_NAMES = Object.keys(SORTS) as SortName[]

/** The services that pass the filter, in order. */
export function visibleTracks({ tracks, sort, reversed, filter }: TopState): Track[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const left = [...tracks.values()].filter((track) => {
    if (words.length === 0) return true
    const text = searchText(track)
    return words.every((word) => text.includes(word))
  })
  const keyed = left.map((track) => ({ track, key: SORTS[sort](track) }))
  keyed.sort((a, b) => {
    const order =
      typeof a.key === 'number' && typeof b.key === 'number' ? b.key - a.key : compareNames(a.track, b.track)
    return (reversed ? -order : order) || compareNames(a.track, b.track)
  })
  return keyed.map(({ track }) => track)
}

const compareNames = (a: Track, b: Track) => a.name.localeCompare(b.name)

function searchText(track: Track): string {
  const { id, config } = track.service
  const protocol = isFwmark(id) ? 'fwm' : id.protocol
  const servers = track.destinations.map((destination) => destination.id.address).join(' ')
  return `${protocol} ${track.name} ${config.scheduler} ${servers}`.toLowerCase()
}

export function sampled(state: TopState, sample: Sample): TopState {
  if (state.paused) return state
  const connections = state.connectionsOf === undefined ? undefined : sample.connections
  return { ...state, tracks: track(state.tracks, sample), connections }
}

/** @param page the number of rows of a page */
export function pressed(state: TopState, key: Key, page: number): TopState {
  if (key.name === 'interrupt') return { ...state, quit: true }
  if (state.typing) return typed(state, key)
  switch (key.name ?? key.text) {
    case 'q':
      return { ...state, quit: true }
    case 'up':
    case 'k':
      return move(state, -1)
    case 'down':
    case 'j':
      return move(state, 1)
    case 'pageUp':
      return move(state, -page)
    case 'pageDown':
      return move(state, page)
    case 'return':
    case ' ':
      return toggle(state)
    case 's':
      return { ...state, sort: SORT_NAMES[(SORT_NAMES.indexOf(state.sort) + 1) % SORT_NAMES.length]! }
    case 'r':
      return { ...state, reversed: !state.reversed }
    case 'p':
      return { ...state, paused: !state.paused }
    case '/':
      return { ...state, typing: true }
    case 'c':
      return { ...state, connectionsOf: selectedTrack(state)?.key, connections: undefined }
    case '?':
    case 'h':
      return { ...state, help: !state.help }
    case 'escape':
      return {
        ...state,
        connectionsOf: undefined,
        help: false,
        filter: state.connectionsOf ? state.filter : '',
      }
    default:
      return state
  }
}

function typed(state: TopState, key: Key): TopState {
  switch (key.name) {
    case 'return':
      return { ...state, typing: false }
    case 'escape':
      return { ...state, typing: false, filter: '' }
    case 'backspace':
      return { ...state, filter: [...state.filter].slice(0, -1).join('') }
    default:
      return { ...state, filter: state.filter + key.text }
  }
}

function selectedTrack(state: TopState): Track | undefined {
  const rows = visibleTracks(state)
  return rows.find(({ key }) => key === state.selected) ?? rows[0]
}

function move(state: TopState, by: number): TopState {
  const rows = visibleTracks(state)
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === state.selected),
  )
  const target = rows[Math.max(0, Math.min(rows.length - 1, at + by))]
  return { ...state, selected: target?.key }
}

function toggle(state: TopState): TopState {
  const key = selectedTrack(state)?.key
  if (key === undefined) return state
  const unfolded = new Set(state.unfolded)
  if (!unfolded.delete(key)) unfolded.add(key)
  return { ...state, selected: key, unfolded }
}
