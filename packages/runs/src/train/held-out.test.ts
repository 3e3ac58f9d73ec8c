import { expect, it } from "vitest";
import { measuredRows } from "./held-out.ts";

it("the held-out loss is measured on all rows, or on rows of all classes where there are more than 256", () => {
  expect([...measuredRows(200)]).toEqual(Array.from({ length: 200 }, (_, row) => row));
  const rows = [...measuredRows(1000)]; // 10 classes of 100 rows, one after the other
  expect(rows).toHaveLength(256);
  const counts = Array.from({ length: 10 }, (_, k) => rows.filter((row) => Math.floor(row / 100) === k).length);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(25);
  expect(Math.max(...counts)).toBeLessThanOrEqual(26);
});
