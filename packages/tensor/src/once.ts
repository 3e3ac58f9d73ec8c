/**
 * Does the work at the first call, and gives its result at all others; after a failure, at the next one again.
 * @example
 * const read = once(async () => key(0).normal([2, 3]));
 * (await read()) === (await read()); // true
 */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    done.catch(() => {
      done = undefined;
    });
    return done;
  };
}
