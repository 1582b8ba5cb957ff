// The order in which Jest starts files of tests: the long ones first, so that no processor waits for a last one. The others
// follow by size.

/** Files of more than half a minute on two processors, longest first. An entry that is missing costs time and nothing else. */
const LONG = [
  'balance/balance',
  'differential/scenarios',
  'restore/reference',
  'standalone/host',
  'packages/agent',
  'restore/processes',
  'kernel/agent-faults',
  'kernel/agent',
  'browser/page',
  'fleet/proof',
  'packages/npm',
  'differential/generated',
  'packages/debian',
  'kernel/walkthroughs',
  'commands/rubbish',
  'kernel/agent-examples',
  'kernel/namespaces',
  'kernel/doctor',
  'restore/traffic',
  'standalone/program',
  'kernel/programs',
  'differential/pins',
  'differential/pairs',
  'fleet/traffic',
  'serve/bounds',
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
