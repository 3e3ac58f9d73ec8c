/** Lets work in while the costs of what is going on stay within a limit; one that costs more than that goes on alone. */
export type Semaphore = <T>(cost: number, work: () => Promise<T>) => Promise<T>;

/** A semaphore whose work begins in the order of its coming. */
export function semaphore(limit: number): Semaphore {
  let free = limit;
  const waiting: { readonly cost: number; readonly begin: () => void }[] = [];
  const admit = (): void => {
    for (let first = waiting[0]; first && first.cost <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.cost;
      first.begin();
    }
  };
  return async (wanted, work) => {
    const cost = Math.min(wanted, limit);
    await new Promise<void>((begin) => {
      waiting.push({ cost, begin });
      admit();
    });
    try {
      return await work();
    } finally {
      free += cost;
      admit();
    }
  };
}
