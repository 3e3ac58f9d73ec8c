import { bankFromOfficial, build, nearest } from "@gmem/memory-bank";
import { array, key, type NDArray } from "@gmem/tensor";
import type { Case, Given } from "./case.ts";
import { close, demand, done, failing, refused } from "./expect.ts";

const row = "05-raw-bank";
const ids = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

const withBank = async (given: Given, file: string) =>
  given.cli(
    "convert",
    await given.trained("class-table"),
    "out",
    "--to",
    "memory-bank",
    "--bank",
    given.file(file),
    "--adapter",
    "random",
  );

/** Banks as published: rows as the encoder gave them, of any length. */
export const rawBank: readonly Case[] = [
  {
    row,
    input: "near.mjs, three rows",
    async check() {
      const query = array([1, 0], [1, 2]);
      const { rows, scores } = await nearest(bankFromOfficial({ bank: array([10, 10, 1, 0, 0, 0.5], [3, 2]) }), query, {
        k: 3,
      });
      close(rows, [1, 0, 2]);
      close(scores, [1, Math.SQRT1_2, 0], { atol: 1e-6 });
      const unit = await nearest(build(array([Math.SQRT1_2, Math.SQRT1_2, 1, 0, 0, 1], [3, 2])), query, { k: 3 });
      close(unit.rows, [1, 0, 2]);
      return `rows ${[...rows.data].join(" ")}, scores ${[...scores.data].map((score) => score.toFixed(4)).join(" ")}`;
    },
  },
  {
    row,
    input: "near.mjs, 500 rows",
    async check() {
      const { data } = key(0).normal([500, 16]);
      const bank = bankFromOfficial({
        bank: array(
          Float32Array.from(data, (v, i) => v * (1 + (Math.floor(i / 16) % 7))),
          [500, 16],
        ) as NDArray<"f32">,
      });
      const { rows } = await nearest(bank, await bank.at(ids(500)), { k: 1 });
      const own = [...rows.data].filter((found, i) => found === i).length;
      demand(own === 500, "its own row first 500 of 500", own);
      return `its own row first ${own} of 500`;
    },
  },
  {
    row,
    input: "near.mjs, rows of NaN and zero",
    async check() {
      const bad = (values: readonly number[]) => bankFromOfficial({ bank: array([...values], [3, 2]) });
      const nan = await failing(() => bad([1, 0, Number.NaN, 1, 0, 1]), /row 1/);
      const zero = await failing(() => bad([1, 0, 0, 0, 0, 1]), /row 1/);
      return `${nan}; ${zero}`;
    },
  },
  {
    row,
    input: "bank.pth, bank info",
    async check(given) {
      done(await withBank(given, "bank.pth"));
      const { nearestCosine: meanCosine } = JSON.parse(done(given.cli("bank", "info", "out", "--json"))) as {
        nearestCosine: number;
      };
      demand(Math.abs(meanCosine - 0.435) < 0.0006, "mean cosine 0.435", meanCosine);
      return `mean cosine ${meanCosine.toFixed(3)}`;
    },
  },
  ...["bank_nan.pth", "bank_zero.pth"].map(
    (input): Case => ({ row, input, check: async (given) => refused(await withBank(given, input), /row 3\b/) }),
  ),
];
