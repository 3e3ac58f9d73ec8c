/** Work of one kind, done a step at a time. */
export interface Lane {
  hasWork(): boolean;
  step(): Promise<void>;
}

/**
 * Deficit round robin (Shreedhar & Varghese 1995) until no lane has work: in each round every lane that has some gets the time
 * that the longest step took, and steps while it can pay; what is left it keeps as long as it has work. Lanes with short steps
 * make more of them, and none waits for more than a round.
 * @param clock milliseconds.
 */
export async function takeTurns(lanes: readonly Lane[], clock: () => number = () => performance.now()): Promise<void> {
  const cost = new Map<Lane, number>();
  const credit = new Map<Lane, number>();
  const of = (map: ReadonlyMap<Lane, number>, lane: Lane): number => map.get(lane) ?? 0;
  for (;;) {
    const busy = lanes.filter((lane) => lane.hasWork());
    if (busy.length === 0) return;
    const quantum = Math.max(...busy.map((lane) => of(cost, lane)));
    for (const lane of busy) {
      credit.set(lane, of(credit, lane) + quantum);
      do {
        const start = clock();
        await lane.step();
        const spent = clock() - start;
        cost.set(lane, spent);
        credit.set(lane, of(credit, lane) - spent);
      } while (lane.hasWork() && of(credit, lane) >= of(cost, lane));
      if (!lane.hasWork()) credit.set(lane, 0);
    }
  }
}
