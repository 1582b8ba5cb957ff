// Faults to build in: each breaks one thing that the suite must see. Applied to the bundled program's text.

export interface Fault {
  readonly name: string
  /** Occurs in the bundle; its first occurrence becomes `broken`. */
  readonly sound: string | RegExp
  readonly broken: string
}

export const FAULTS: readonly Fault[] = [
  { name: 'a narrower address column', sound: /ENDPOINT_WIDTH = 28/, broken: 'ENDPOINT_WIDTH = 27' },
  {
    name: 'no blanks at the end of server rows',
    sound: /missing\d? > 0 \? /,
    broken: 'false ? ',
  },
  { name: 'a wider counter', sound: /WIDTH = 8;/, broken: 'WIDTH = 9;' },
  { name: 'another status for refusals of the kernel', sound: /failed: 255/, broken: 'failed: 1' },
  {
    name: 'another status for a value that is refused',
    sound: /UsageError\(message\)/,
    broken: 'UsageError(message, "syntax")',
  },
  {
    name: 'errors on stdout',
    sound: /writeError: \(text\) => \{\s*stderr \+=/,
    broken: 'writeError: (text) => { stdout +=',
  },
  { name: 'another message', sound: /"Service already exists"/, broken: '"Service exists already"' },
  { name: 'one-packet scheduling is not saved', sound: /" -o"/, broken: '""' },
  {
    name: 'one-packet scheduling is not set',
    sound: /given\.includes\("ops"\) \? SVC_F\.ONEPACKET : 0/,
    broken: '0',
  },
  {
    name: 'a service that is persistent unasked',
    sound: /given\.includes\("persistent"\) \? SVC_F\.PERSISTENT : 0/,
    broken: 'SVC_F.PERSISTENT',
  },
  { name: 'an order of addresses without the sign', sound: / - b\[i\] \| 0/, broken: ' - b[i]' },
  {
    name: 'an order of ports that is reversed',
    sound: /, 0, 0, 0, port\]/,
    broken: ', 0, 0, 0, -port]',
  },
  {
    name: 'an attached value keeps its `=`',
    sound: /=== "=" \? (?=\w+ \+ 2)/,
    broken: '=== "" ? ',
  },
  {
    name: 'another default of persistence',
    sound: /DEFAULT_PERSISTENCE = 360/,
    broken: 'DEFAULT_PERSISTENCE = 300',
  },
  {
    name: 'an option that may be missing',
    sound: /"real-server": "required"/,
    broken: '"real-server": "allowed"',
  },
  {
    name: 'an option that is counted twice in silence',
    sound: /if \(given\.includes\(spec\.id\)\) refuse\(/,
    broken: 'if (false) refuse(',
  },
  {
    name: "thresholds in each other's column",
    sound: /\("config", "upperThreshold"\)/,
    broken: '("config", "lowerThreshold")',
  },
  {
    name: 'an edit that keeps the weight',
    sound: /weight: (values\d?)\.weight \?\? /,
    broken: 'weight: $1.weight ?? 1 + ',
  },
]

/** @throws when the sound text is not there, or the program is as before */
export function breakWith(bundle: string, { name, sound, broken }: Fault): string {
  const result = bundle.replace(sound, broken)
  if (result === bundle) throw new Error(`nothing to break for: ${name}`)
  return result
}
