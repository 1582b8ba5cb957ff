// The files of the page as the bundler takes them in.
declare module '*.html' {
  const text: string
  export default text
}
declare module '*.css' {
  const text: string
  export default text
}
declare module '*/page/page.mjs' {
  const text: string
  export default text
}
declare module '*/page/rows.mjs' {
  const text: string
  export default text
}
declare module '*/page/lines.mjs' {
  const text: string
  export default text
}
declare module '*/page/sparks.mjs' {
  const text: string
  export default text
}
declare module '*/page/dialogs.mjs' {
  const text: string
  export default text
}
declare module '*/page/texts.mjs' {
  const text: string
  export default text
}
declare module '*/page/fleet.mjs' {
  const text: string
  export default text
}
