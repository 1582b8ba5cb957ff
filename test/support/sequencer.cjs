// The order in which Jest starts files of tests: the long ones first, so that no processor waits for a last one. The others
// follow by size.

/**
 * Files of more than twenty seconds on two processors, longest first. An entry that is missing costs time and nothing else. The
 * first three mostly wait. Of two that link the same checked objects, standalone/host makes them, and the other finds them.
 */
const LONG = [
  'balance/balance',
  'kernel/agent-faults',
  'kernel/agent',
  'standalone/host',
  'standalone/program',
  'packages/agent',
  'browser/page',
  'kernel/doctor',
  'commands/rubbish',
  'fleet/proof',
  'differential/scenarios',
  'packages/debian',
  'differential/pins',
  'restore/processes',
  'kernel/walkthroughs',
  'restore/reference',
  'serve/bounds',
  'kernel/doctor-sound',
  'kernel/agent-examples',
  'restore/generated',
]

function place({ path }) {
  const at = LONG.findIndex((name) => path.endsWith(`/test/${name}.test.ts`))
  return at < 0 ? LONG.length : at
}

/** @param {{ path: string, context: { hasteFS: { getSize(path: string): number | null } } }} test */
const size = ({ path, context }) => context.hasteFS.getSize(path) ?? 0

module.exports = class {
  sort(tests) {
    return [...tests].sort((one, other) => place(one) - place(other) || size(other) - size(one))
  }

  allFailedTests(tests) {
    return tests
  }

  cacheResults() {}
}
