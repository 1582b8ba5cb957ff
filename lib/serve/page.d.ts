// The files of the page as the bundler takes them in.
declare module '*.html' {
  const text: string
  export default text
}
declare module '*.css' {
  const text: string
  export default text
}
declare module '*/page.js' {
  const text: string
  export default text
}
