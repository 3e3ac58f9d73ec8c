import { expect, it } from "vitest";
import { wilsonInterval } from "../intervals.ts";
import { taskTable } from "./task-table.ts";

it("shares stand in GenEval's order with Wilson's intervals, other tasks after them", () => {
  const outcomes = [
    { style: true, position: false },
    { position: true, "single object": true },
    { position: false, "single object": true },
  ];
  const { tasks, overall } = taskTable(outcomes, { level: 0.9 });
  expect(tasks.map(({ task, solved, count }) => [task, solved, count])).toEqual([
    ["single object", 2, 2],
    ["position", 1, 3],
    ["style", 1, 1],
  ]);
  expect(tasks[1]).toMatchObject(wilsonInterval(1, 3, { level: 0.9 }));
  expect(overall.value).toBeCloseTo((1 + 1 / 3 + 1) / 3, 12);
});

it("the mean counts tasks, not pictures, and its interval is that of independent parts", () => {
  const outcomes = [
    ...Array.from({ length: 80 }, (_, i) => ({ counting: i < 40 })),
    ...Array.from({ length: 400 }, (_, i) => ({ colours: i < 100 })),
  ];
  const { overall } = taskTable(outcomes);
  expect(overall.value).toBeCloseTo(0.375, 12);
  const [a, b] = [wilsonInterval(40, 80), wilsonInterval(100, 400)];
  expect(overall.low).toBeCloseTo(0.375 - Math.hypot(0.5 - a.low, 0.25 - b.low) / 2, 12);
  expect(overall.high).toBeCloseTo(0.375 + Math.hypot(a.high - 0.5, b.high - 0.25) / 2, 12);
});

it("without outcomes there is no table", () => {
  expect(() => taskTable([])).toThrow(expect.objectContaining({ code: "DATA" }));
});
