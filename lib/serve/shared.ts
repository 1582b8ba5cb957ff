// One piece of work for all who ask at about the same time: readings of the kernel cost the same for one as for fifty.

/**
 * A function that does the work at most once in so many milliseconds: calls meanwhile, and those made while it is under
 * way, get the same result. A failure is not kept.
 */
export function shared<T>(milliseconds: number, work: () => Promise<T>, now = () => performance.now()) {
  let current: { readonly result: Promise<T>; until: number } | undefined
  return (): Promise<T> => {
    if (current !== undefined && now() < current.until) return current.result
    const own = { result: work(), until: Number.POSITIVE_INFINITY }
    current = own
    own.result.then(
      () => {
        own.until = now() + milliseconds
      },
      () => {
        if (current === own) current = undefined
      },
    )
    return own.result
  }
}
