import { afterEach, expect, it, vi } from "vitest";
import { eventLog } from "./event-log.ts";

const typesOf = (log: ReturnType<typeof eventLog>): readonly string[] => log.after(0).map(({ type }) => type);

it("keeps the last 64 steps, and what is no step", () => {
  const log = eventLog();
  log.add("queued", {});
  log.add("started", {});
  for (let step = 1; step <= 100; step++) log.add("step", { step });
  log.add("done", {});
  expect(typesOf(log)).toEqual(["queued", "started", ...new Array(64).fill("step"), "done"]);
  expect(log.after(102 - 64).map(({ id }) => id)).toEqual(Array.from({ length: 65 }, (_, i) => 39 + i));
});

afterEach(() => vi.useRealTimers());

it("lets pictures on the way go ten seconds after the job is over: they are large, and there are others", () => {
  vi.useFakeTimers();
  const log = eventLog();
  const heard: unknown[] = [];
  log.listen(({ data }) => heard.push(data));
  log.add("step", { step: 1, preview: "data:…" });
  expect(log.after(0)[0]?.data).toEqual({ step: 1, preview: "data:…" });
  log.add("cancelled", { reason: "nobody listens" });
  expect(log.after(0)[0]?.data).toEqual({ step: 1, preview: "data:…" });
  vi.advanceTimersByTime(10_000);
  expect(log.after(0).map(({ data }) => data)).toEqual([{ step: 1 }, { reason: "nobody listens" }]);
  expect(heard[0]).toEqual({ step: 1, preview: "data:…" });
});
