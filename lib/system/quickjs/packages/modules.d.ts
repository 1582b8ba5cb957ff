// Types for parts of packages without types.
declare module 'cliui/build/lib/index.js' {
  export function cliui(options: object, mixin: object): unknown
}
declare module 'yargs/build/lib/yargs-factory.js' {
  export function YargsFactory(platform: object): typeof import('yargs').default
}
declare module 'yargs-parser/browser.js' {
  const parser: unknown
  export default parser
}
