import type { LatentShape, MemoryBank } from "@gmem/spec";
import { key, type NDArray, takeRows } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { expectRejection } from "./expect-code.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface BankOptions extends SuiteOptions {
  /** Shape of one noise sample that indexOf gets. Default [4, 8, 8]. */
  readonly latent?: LatentShape;
}

const norms = ({ data, shape }: NDArray<"f32">): number[] => {
  const width = shape[1] as number;
  return Array.from({ length: shape[0] as number }, (_, i) => Math.hypot(...data.subarray(i * width, (i + 1) * width)));
};

/**
 * What every memory bank does. It needs two rows or more.
 * @example
 * // no-run
 * import type { MemoryBank } from "@gmem/spec";
 * declare const small: () => MemoryBank;
 * testBank("mine", small);
 */
export function testBank(
  name: string,
  factory: () => MemoryBank | Promise<MemoryBank>,
  options: BankOptions = {},
): void {
  const latent = options.latent ?? [4, 8, 8];
  const noise = (n: number): NDArray<"f32"> => key(21).normal([n, ...latent]);
  suite(`bank ${name}`, options, (claim) => {
    claim("rows are unit vectors [rows,d]", async () => {
      const bank = await factory();
      const count = Math.min(bank.size, 64);
      const rows = await bank.at(Int32Array.from({ length: count }, (_, i) => i));
      expect(rows.shape).toEqual([count, bank.dim]);
      expect(norms(rows)).toBeAllclose(new Float32Array(count).fill(1), { atol: 1e-4 });
    });

    claim("rows come in the order asked for, repeated ones too, as copies", async () => {
      const bank = await factory();
      const rows = await bank.at(Int32Array.of(bank.size - 1, 0, bank.size - 1));
      expect(takeRows(rows, [1])).toEqual(await bank.at(Int32Array.of(0)));
      expect(takeRows(rows, [0])).toEqual(takeRows(rows, [2]));
      const kept = takeRows(rows, [0, 1, 2]);
      rows.data.fill(0);
      expect(await bank.at(Int32Array.of(bank.size - 1, 0, bank.size - 1))).toEqual(kept);
      expect((await bank.at(new Int32Array(0))).shape).toEqual([0, bank.dim]);
    });

    claim("refuses rows that it does not have", async () => {
      const bank = await factory();
      await expectRejection(async () => bank.at(Int32Array.of(bank.size)));
      await expectRejection(async () => bank.at(Int32Array.of(-1)));
    });

    claim("noise chooses a row of the bank, the same one each time and in any batch", async () => {
      const bank = await factory();
      const z = noise(32);
      const rows = bank.indexOf(z);
      expect(rows).toHaveLength(32);
      expect(rows.every((row) => Number.isInteger(row) && row >= 0 && row < bank.size)).toBe(true);
      expect((await factory()).indexOf(z)).toEqual(rows);
      expect(bank.indexOf(takeRows(z, [5]))[0]).toBe(rows[5]);
      expect(new Set(rows).size).toBeGreaterThan(1);
    });

    claim("names its encoder, and has a label for every row or none", async () => {
      const bank = await factory();
      expect(bank.encoderId).not.toBe("");
      if (bank.labels) expect(bank.labels).toHaveLength(bank.size);
      if (bank.rank !== undefined) expect(bank.rank).toBeLessThanOrEqual(bank.dim);
    });
  });
}
