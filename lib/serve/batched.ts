// Work on many things that costs as much as that on one: who asks while it is under way shares it, or the next one.

interface Batch<K, V> {
  readonly asked: Map<string, K>
  readonly results: Promise<ReadonlyMap<string, V | Error>>
}

const NOTHING = () => {}

/**
 * A function that asks for one thing. One piece of work at a time: it is done for all that were asked for during the one
 * before, for each once. An Error among the results is that of its thing alone.
 */
export function batched<K, V>(
  keyOf: (one: K) => string,
  work: (all: readonly K[]) => Promise<ReadonlyMap<string, V | Error>>,
): (one: K) => Promise<V> {
  let running: Batch<K, V> | undefined
  let waiting: Batch<K, V> | undefined
  const begin = async (batch: Batch<K, V>) => {
    running = batch
    waiting = undefined
    try {
      return await work([...batch.asked.values()])
    } finally {
      running = undefined
    }
  }
  const start = (): Batch<K, V> => {
    const before = running?.results ?? Promise.resolve()
    const batch: Batch<K, V> = {
      asked: new Map(),
      results: before.then(NOTHING, NOTHING).then(() => begin(batch)),
    }
    return batch
  }
  return async (one) => {
    const key = keyOf(one)
    const isUnderWay = running?.asked.has(key) === true
    if (!isUnderWay) waiting ??= start()
    const batch = isUnderWay ? running! : waiting!
    batch.asked.set(key, one)
    const result = (await batch.results).get(key)!
    if (result instanceof Error) throw result
    return result
  }
}
