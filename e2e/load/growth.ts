/** What a server takes after so many requests. */
export interface Reading {
  readonly at: number;
  /** Megabytes. */
  readonly resident: number;
  readonly heap: number;
  /** Milliseconds that the event loop was late since the last reading, p99: Node tells the time between two timers. */
  readonly lag: number;
}

/** Milliseconds between two timers of Node's monitor where nothing is late. */
const betweenTimers = 10;

/** Of `/metrics`. */
export function readingOf(metrics: ReadonlyMap<string, number>, at: number): Reading {
  const of = (name: string): number => metrics.get(name) ?? Number.NaN;
  return {
    at,
    resident: of("process_resident_memory_bytes") / 2 ** 20,
    heap: of("nodejs_heap_size_used_bytes") / 2 ** 20,
    lag: 1000 * of("nodejs_eventloop_lag_p99_seconds") - betweenTimers,
  };
}

/** Megabytes a thousand requests: the slope of least squares over the second half, when what is kept is full. */
export function growth(readings: readonly Reading[]): number {
  const half = readings.slice(Math.floor(readings.length / 2));
  const mean = (of: (one: Reading) => number): number => half.reduce((sum, one) => sum + of(one), 0) / half.length;
  const [at, resident] = [mean((one) => one.at), mean((one) => one.resident)];
  const over = half.reduce((sum, one) => sum + (one.at - at) * (one.resident - resident), 0);
  const under = half.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  return under === 0 ? 0 : (1000 * over) / under;
}
