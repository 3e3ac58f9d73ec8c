import { build } from "@gmem/memory-bank";
import type { Conditioner } from "@gmem/spec";
import { key, type NDArray } from "@gmem/tensor";
import { testConditioner } from "@gmem/testing";
import { expect, it } from "vitest";
import { classRows } from "./index.ts";

const labels = Int32Array.of(0, 1, 1, 0, 1, 0);
const bank = build(key(0).normal([6, 4]), { labels });
const open = classRows() as unknown as (context: object) => Conditioner;
const factory = (): Conditioner => open({ bank, classes: 2, hiddenSize: 8 });

testConditioner("class-rows", factory, {
  batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]) },
  requests: [undefined, { label: 1 }],
  refused: [{ label: 2 }, { label: "1" }],
});

it("draws rows of the class that is asked for", async () => {
  const conditioner = factory();
  const { snippet } = await conditioner.resolve(key(1).normal([5, 1, 4, 4]), conditioner.parse({ label: 1 }));
  const drawn = (snippet as NDArray).data;
  const own = (await bank.at(Int32Array.of(1, 2, 4))).data;
  const rows = Array.from({ length: 3 }, (_, i) => String(own.slice(4 * i, 4 * i + 4)));
  for (let i = 0; i < 5; i++) expect(rows).toContain(String(drawn.slice(4 * i, 4 * i + 4)));
});
