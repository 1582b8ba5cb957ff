// A call that the caller can abort.

/**
 * The result of a call, or the signal's reason on abort. The call continues in the background to its next safe end:
 * the kernel's answer must be read, or the next call would receive it.
 */
export function abortable<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? result : abortableBy(signal, result)
}

async function abortableBy<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([result, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
