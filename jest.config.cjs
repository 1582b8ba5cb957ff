// One project a ring: `scripts/test` runs them, `npx jest --selectProjects unit` runs one.
const ring = (name, folders, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  transform: {
    '\\.[jt]s$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  ...extra,
})

module.exports = {
  projects: [
    ring('unit', ['cli', 'doctor', 'ipvs', 'model', 'names', 'netlink', 'output', 'rules']),
    ring('fake', ['fake']),
    ring('reconcile', ['reconcile']),
    ring('blackbox', ['blackbox']),
    ring('kernel', ['kernel']),
    ring('differential', ['differential']),
    ring('restore', ['restore']),
  ],
}
