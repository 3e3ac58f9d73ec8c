import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds that a long piece of work holds the event loop at a time. */
const most = 2;

/** What a long piece of work awaits between its parts: the event loop turns where the last turn is long ago. */
export function breather(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < most) return;
    await nextTurn();
    began = performance.now();
  };
}
