// Text files, as the bundler imports them.
declare module '*.txt' {
  const text: string
  export default text
}
