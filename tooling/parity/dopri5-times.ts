const nodes = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const slack = 1e-3;

/**
 * The times at which a float32 run of Dormand–Prince must have asked for the drift, given the list of where it did.
 * Its error estimate is a difference of nearly equal numbers, so it takes steps of its own, more or fewer than a float64
 * run: where they end is taken from `found`. The rest follows: the two evaluations of `asked` that choose the first
 * step, nodes inside each step, steps that begin where the last accepted one ended (or the refused one began) and reach
 * the end of the range. A list that cannot be one gives `asked` back.
 */
export function dopri5Times(
  found: readonly number[],
  asked: readonly number[],
  [start, end]: readonly [number, number],
): readonly number[] {
  const times = asked.slice(0, 2);
  let [from, to] = [start, start];
  for (let i = 2; i < found.length; i += nodes.length) {
    const next = found[i + nodes.length - 1];
    if (next === undefined) return asked;
    const miss = (begin: number): number =>
      Math.abs(begin + (nodes[0] as number) * (next - begin) - (found[i] as number));
    from = miss(to) <= miss(from) ? to : from; // a refused step is tried again from where it began
    to = next;
    times.push(...nodes.map((node) => from + node * (to - from)));
  }
  return (end - to) * Math.sign(end - start) > slack ? asked : times;
}
