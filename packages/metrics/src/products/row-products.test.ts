import { key, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { rowProducts } from "./row-products.ts";

describe("products of rows", () => {
  it.each([7, 512])("of width %i are the same on an engine as in plain float64", async (width) => {
    const [x, y] = [key(0).normal([3, width]).data, key(1).normal([4, width]).data];
    const plain = rowProducts({ width, dtype: "f32" });
    const exact = await plain.run(plain.block(x), plain.block(y));
    expect(exact).toHaveLength(12);
    for (const dtype of ["f32", "f64"] as const) {
      const multiply = rowProducts({ width, engine: referenceEngine(), dtype });
      const [rows, columns] = [multiply.block(x), multiply.block(y)];
      const found = await multiply.run(rows, columns);
      expect(found).toHaveLength(12);
      found.forEach((value, at) => void expect(value).toBeCloseTo(exact[at] as number, dtype === "f32" ? 3 : 10));
      expect(await multiply.run(rows, columns)).toEqual(found); // a block serves many products
      await multiply.dispose();
    }
  });
});
