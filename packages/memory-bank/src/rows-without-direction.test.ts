import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, key, type NDArray } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { bankFromOfficial, build, compress, nearest, openBank, reduce, report, saveBank } from "./index.ts";
import { bankFormat } from "./save-bank.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-rows-"));
const stored = async (name: string, tensors: Readonly<Record<string, NDArray>>): Promise<string> => {
  const path = join(folder, name);
  await writeSafetensors(path, tensors, { metadata: { format: bankFormat } });
  return path;
};

/** Rows of which one has these values. */
function rowsWith(row: number, values: readonly number[], size = 6): NDArray<"f32"> {
  const data = new Float32Array(size * values.length).fill(1);
  data.set(values, row * values.length);
  return array(data, [size, values.length]);
}

const bad = [
  ["NaN", [1, Number.NaN], "NON_FINITE", "row 3: snippets must be finite"],
  ["infinite", [Number.NEGATIVE_INFINITY, 0], "NON_FINITE", "row 3: snippets must be finite"],
  ["zero", [0, 0], "BANK", "row 3: snippets must not be zero"],
] as const;

describe.each(bad)("a row that is %s", (name, values, code, words) => {
  it("is refused by its number when a bank of the GMem code is read", () => {
    const read = (): unknown => bankFromOfficial({ bank: rowsWith(3, values) }, { where: "bank.pth" });
    expect(read).toThrow(`bank.pth: ${words}`);
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  it("is refused by its number when a bank is opened", async () => {
    const path = await stored(`${name}.safetensors`, { snippets: rowsWith(3, values) });
    await expect(openBank(path)).rejects.toMatchObject({ code, message: expect.stringContaining(`${path}: ${words}`) });
  });
});

it("rows of a large bank are checked as they are read", async () => {
  const [size, row] = [8_500, 4_097]; // 33 MiB
  const bank = await openBank(
    await stored("large.safetensors", { snippets: rowsWith(row, new Array(1024).fill(0), size) }),
  );
  const refusal = {
    code: "BANK",
    message: expect.stringContaining(`large.safetensors: row ${row}: snippets must not`),
  };
  const query = await bank.at(Int32Array.of(0));
  await expect(bank.at(Int32Array.of(7, row))).rejects.toMatchObject(refusal);
  await expect(report(bank)).rejects.toMatchObject(refusal);
  await expect(nearest(bank, query, { k: 1 })).rejects.toMatchObject(refusal);
  await expect(saveBank(bank, join(folder, "copy.safetensors"))).rejects.toMatchObject(refusal);
  await bank.close();
});

describe("factors", () => {
  it("that are not finite are refused when a bank is opened or read, coefficients by their row", async () => {
    const compressed = await compress(build(key(0).normal([20, 4])), { rank: 2 });
    const { basis: B, singular: S, mean } = compressed.factors as NonNullable<typeof compressed.factors>;
    const C = array(await compressed.rows.slice(0, 20), [20, 2]);
    const spoiled = ({ data, shape }: NDArray<"f32">): NDArray<"f32"> =>
      array(
        data.map((value, i) => (i === 1 ? Number.NaN : value)),
        shape,
      );
    const whole = { C, B, S, mean };
    for (const name of ["C", "B", "S", "mean"] as const) {
      const place = name === "C" ? "row 0: snippets must be finite" : `${name} must be finite`;
      const path = await stored(`${name}.safetensors`, { ...whole, [name]: spoiled(whole[name]) });
      await expect(openBank(path)).rejects.toMatchObject({
        code: "NON_FINITE",
        message: expect.stringContaining(place),
      });
      const official = { C, M: B, S, mean, [name === "B" ? "M" : name]: spoiled(whole[name]) };
      expect(() => bankFromOfficial(official)).toThrow(expect.objectContaining({ code: "NON_FINITE" }));
    }
    const atTheMean = { ...whole, C: array(new Float32Array(40), [20, 2]) }; // zeros are coefficients like others
    const bank = await openBank(await stored("mean-rows.safetensors", atTheMean));
    expect((await bank.at(Int32Array.of(3))).data.every(Number.isFinite)).toBe(true);
    await bank.close();
  });
});

it("an average of rows that cancel out is refused with its class", async () => {
  const bank = build(array([1, 0, -1, 0, 0, 1], [3, 2]), { labels: Int32Array.of(4, 4, 7) });
  await expect(reduce(bank, { pick: "average", perClass: 1, seed: 0 })).rejects.toMatchObject({
    code: "BANK",
    message: expect.stringContaining("an average of class 4"),
  });
});
