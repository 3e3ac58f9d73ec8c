import { fileURLToPath } from "node:url";
import "@gmem/testing";
import { key, type NDArray } from "@gmem/tensor";
import { readTorch } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { bankFromOfficial, bankToOfficial, build, compress } from "./index.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../weights/test/fixtures/${name}`, import.meta.url));

describe("banks of the GMem code", () => {
  it("are read and written number for number, full and factored", async () => {
    const full = (await readTorch(fixture("gmem_bank_full.a.pt"))).tensors;
    const [rows] = Object.values(full) as [NDArray];
    const written = await bankToOfficial(bankFromOfficial(full));
    expect(written).toMatchObject({ kind: "full", rows: { shape: rows.shape, data: rows.data } });

    const { C, M, S, mean } = (await readTorch(fixture("gmem_bank_dmd.a.pt"))).tensors as Record<string, NDArray>;
    const bank = bankFromOfficial({ C, M, S, mean } as never);
    const back = await bankToOfficial(bank);
    expect(back).toMatchObject({ kind: "dmd", C: { data: C?.data }, M: { data: M?.data }, S: { data: S?.data } });
    expect(back).toMatchObject({ latent_dim: S?.shape[0], feature_dim: mean?.shape[0] });
    expect([bank.size, bank.dim, bank.rank]).toEqual([C?.shape[0], M?.shape[0], S?.shape[0]]);
  });

  it("give unit rows, the same that the full bank gives to the factors' precision", async () => {
    const features = key(0).normal([60, 8]);
    const bank = build(features);
    const taken = Int32Array.of(5, 17);
    const raw = bankFromOfficial({ anything: features });
    expect(await raw.at(taken)).toBeAllclose(await bank.at(taken), { atol: 1e-6 });
    const {
      kind: _,
      latent_dim: __,
      feature_dim: ___,
      ...factors
    } = (await bankToOfficial(await compress(bank, { rank: 8 }))) as Extract<
      Awaited<ReturnType<typeof bankToOfficial>>,
      { kind: "dmd" }
    >;
    expect(await bankFromOfficial(factors).at(taken)).toBeAllclose(await bank.at(taken), { atol: 1e-5 });
  });

  it("are refused when they are something else", () => {
    const x = key(0).normal([4, 2]);
    for (const tensors of [{}, { a: x, b: x }, { a: key(0).normal([4]) }, { C: x, M: x, S: x, mean: x }])
      expect(() => bankFromOfficial(tensors as never)).toThrow(/bankFromOfficial: .* got/);
  });
});
