// The rings of tests, a project each: `scripts/test` runs them, `npx jest --selectProjects unit` runs one.

/** Globals that Jest makes parameters of each module: a look-up in the context of a file of tests is slow. */
const GLOBALS = [
  'Array',
  'BigInt',
  'Buffer',
  'DataView',
  'Error',
  'Map',
  'Math',
  'Number',
  'Object',
  'Promise',
  'Set',
  'String',
  'Uint8Array',
]

const ring = (name, folders, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  sandboxInjectedGlobals: GLOBALS,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  // These packages are ES modules only, which Jest cannot load on every Node, so they are bundled.
  moduleNameMapper: { '^(yargs|chalk)$': '<rootDir>/test/support/packages/$1.cjs' },
  transform: {
    'test/support/packages/': '<rootDir>/test/support/bundle-transform.cjs',
    '(\\.txt|/lib/serve/page/[^/]*)$': '<rootDir>/test/support/text-transform.cjs',
    '\\.[jt]s$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  ...extra,
})

module.exports = {
  // Ends a test that hangs. No test depends on the speed of the machine: see CONTRIBUTING.md.
  testTimeout: 30 * 60 * 1000,
  testSequencer: '<rootDir>/test/support/sequencer.cjs',
  projects: [
    ring('unit', [
      'agent',
      'grammar',
      'commands',
      'doctor',
      'drain',
      'top',
      'help',
      'library',
      'ipvs',
      'metrics',
      'model',
      'system',
      'netlink',
      'output',
      'rules',
      'scripts',
      'serve',
    ]),
    ring('fake', ['fake']),
    ring('reconcile', ['reconcile']),
    ring('blackbox', ['blackbox']),
    ring('standalone', ['standalone']),
    ring('browser', ['browser']),
    ring('kernel', ['kernel']),
    ring('differential', ['differential']),
    ring('restore', ['restore']),
    ring('balance', ['balance']),
    ring('packages', ['packages']),
    ring('fleet', ['fleet']),
  ],
}
