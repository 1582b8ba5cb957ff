// The ways in which a listing can be shown, as data.

/** The columns of a table listing. */
export type View = 'route' | 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info'

/** The formats that the reference does not have. */
export type Format = 'json' | 'json-lines' | 'table'

export const COLOUR_CHOICES = ['auto', 'always', 'never'] as const
export type ColourChoice = (typeof COLOUR_CHOICES)[number]
