import { setImmediate as nextTurn } from "node:timers/promises";
import type { Bank } from "@gmem/memory-bank";
import { key } from "@gmem/tensor";

/** Rows of a bank as points of a plane: its two principal axes. */
export interface BankMap {
  /** Shares of the variance. */
  readonly explained: readonly [number, number];
  readonly rows: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Rows that the axes are found from, and points of a map. */
const fitted = 2048;
const mostPoints = 20_000;
const rounds = 24;

/** PCA by power iteration on evenly chosen rows; all rows, or 20,000 evenly chosen, are projected. */
export async function bankMap(bank: Bank): Promise<BankMap> {
  const { dim } = bank;
  const chosen = evenly(bank.size, fitted);
  const { data } = await bank.at(chosen);
  const count = chosen.length;
  const mean = new Float64Array(dim);
  for (let i = 0; i < data.length; i++) mean[i % dim] = (mean[i % dim] as number) + (data[i] as number) / count;
  const centred = Float64Array.from(data, (value, i) => value - (mean[i % dim] as number));
  const total = centred.reduce((sum, value) => sum + value * value, 0) || 1;
  const axes: Float64Array[] = [];
  const shares: number[] = [];
  for (const axis of [0, 1]) {
    let v: Float64Array = Float64Array.from(key(axis).normal([dim]).data);
    let variance = 0;
    for (let round = 0; round < rounds; round++) {
      for (const other of axes) {
        const along = dot(v, other);
        v = v.map((value, i) => value - along * (other[i] as number));
      }
      const norm = Math.sqrt(dot(v, v)) || 1;
      v = v.map((value) => value / norm);
      if (round === rounds - 1) break;
      const next = new Float64Array(dim);
      variance = 0;
      for (let row = 0; row < centred.length; row += dim) {
        let score = 0;
        for (let i = 0; i < dim; i++) score += (centred[row + i] as number) * (v[i] as number);
        variance += score * score;
        for (let i = 0; i < dim; i++) next[i] = (next[i] as number) + score * (centred[row + i] as number);
      }
      v = next;
      await nextTurn(); // requests and steps go on
    }
    axes.push(v);
    shares.push(Number((variance / total).toFixed(4)));
  }
  const rows = evenly(bank.size, mostPoints);
  const [x, y] = [[] as number[], [] as number[]];
  const block = 2048;
  for (let from = 0; from < rows.length; from += block) {
    const part = rows.subarray(from, from + block);
    const values = (await bank.at(part)).data;
    for (let row = 0; row < values.length; row += dim) {
      const place = axes.map((axis) => {
        let score = 0;
        for (let i = 0; i < dim; i++)
          score += ((values[row + i] as number) - (mean[i] as number)) * (axis[i] as number);
        return Number(score.toFixed(5));
      });
      x.push(place[0] as number);
      y.push(place[1] as number);
    }
    await nextTurn();
  }
  return { explained: shares as unknown as readonly [number, number], rows: [...rows], x, y };
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

const evenly = (size: number, most: number): Int32Array => {
  const count = Math.min(size, most);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * size) / count));
};
