// Text files as the bundler takes them in.
declare module '*.txt' {
  const text: string
  export default text
}
