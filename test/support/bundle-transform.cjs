// Bundles the package that a file of test/support/packages/ is named after, as the build does.
const { buildSync } = require('esbuild')
const { basename } = require('node:path')

module.exports = {
  process(_text, file) {
    const name = basename(file, '.cjs')
    const contents = `export * from '${name}'; export { default } from '${name}'`
    const { outputFiles } = buildSync({
      stdin: { contents, resolveDir: __dirname },
      bundle: true,
      write: false,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      define: { 'import.meta.url': 'bundleUrl' },
      banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    })
    return { code: outputFiles[0].text }
  },
}
