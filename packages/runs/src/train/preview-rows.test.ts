import { describe, expect, it } from "vitest";
import { evenly, previewRows } from "./preview-rows.ts";

/** Rows in the order of a folder: class after class. */
const sorted = (...sizes: number[]): number[] => sizes.flatMap((size, label) => new Array<number>(size).fill(label));

describe("previewRows", () => {
  it("shows every class of rows that are sorted by class", () => {
    const labels = sorted(50, 50, 50, 50, 50, 50, 50, 50, 50, 50);
    const rows = previewRows(500, { count: 16, labels });
    expect(rows).toHaveLength(16);
    expect(new Set(Array.from(rows, (row) => labels[row])).size).toBe(10);
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
  });
  it("shows small classes too, and goes on with large ones", () => {
    const labels = sorted(90, 1, 2);
    const rows = previewRows(93, { count: 8, labels });
    expect(Array.from(rows, (row) => labels[row])).toEqual([0, 0, 0, 0, 0, 1, 2, 2]);
    expect([...previewRows(3, { count: 8, labels: [5, 5, 7] })]).toEqual([0, 1, 2]);
  });
  it("shows classes evenly spaced where there are more than pictures", () => {
    const labels = sorted(...new Array<number>(100).fill(3));
    const shown = Array.from(previewRows(300, { count: 4, labels }), (row) => labels[row]);
    expect(shown).toEqual([0, 25, 50, 75]);
  });
  it("shows rows evenly spaced without labels", () => {
    expect([...previewRows(500, { count: 4 })]).toEqual([0, 125, 250, 375]);
    expect([...evenly(3, 3)]).toEqual([0, 1, 2]);
  });
});
