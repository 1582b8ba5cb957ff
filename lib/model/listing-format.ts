// Views and formats of listings, as data.

/** The columns of a table listing. */
export type View = 'route' | 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info'

/** Formats that the reference does not have. */
export type Format = 'json' | 'json-lines' | 'table'

export const COLOUR_CHOICES = ['auto', 'always', 'never'] as const
export type ColourChoice = (typeof COLOUR_CHOICES)[number]
