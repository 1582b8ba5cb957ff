// The order in which Jest starts files of tests: the long ones first, so that no processor waits for a last one. The others
// follow by size.

/** Files of more than half a minute on two processors, longest first. An entry that is missing costs time and nothing else. */
const LONG = [
  'restore/processes',
  'packages/agent',
  'balance/balance',
  'kernel/agent',
  'kernel/agent-faults',
  'commands/rubbish',
  'kernel/doctor',
  'restore/reference',
  'packages/npm',
  'kernel/walkthroughs',
  'differential/scenarios',
  'fleet/proof',
  'kernel/doctor-sound',
  'browser/page',
  'kernel/agent-examples',
  'standalone/host',
  'packages/debian',
  'fleet/traffic',
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
