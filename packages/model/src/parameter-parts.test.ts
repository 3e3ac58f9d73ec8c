import { lightningDit } from "@gmem/backbones/lightning-dit";
import { sit } from "@gmem/backbones/sit";
import { conditioner as classTable } from "@gmem/class-table";
import { partOf } from "@gmem/nn";
import type { Backbone, Conditioner } from "@gmem/spec";
import { key } from "@gmem/tensor";
import { conditioner as unconditional } from "@gmem/unconditional";
import { expect, test } from "vitest";
import { conditioner as given } from "../test/given-conditioner.ts";
import { repaHead, sAdapter, velocityModel } from "./index.ts";

const size = { latent: [1, 4, 4], patchSize: 2, depth: 1, hiddenSize: 16, heads: 2 } as const;
const partsOf = (parameters: object): readonly string[] => [...new Set(Object.keys(parameters).map(partOf))];

test("a backbone's parameters are its own and its frozen tables of positions", () => {
  for (const backbone of [sit(size), lightningDit({ ...size, learnSigma: false })] satisfies Backbone[]) {
    const { frozen } = backbone;
    for (const name of Object.keys(backbone.init(key(0))))
      expect([name, partOf(name)]).toEqual([name, frozen.includes(name) ? "position table" : "backbone"]);
    expect(frozen.length).toBeGreaterThan(0);
  }
});

test("what conditions it and what trains it are told by their names", () => {
  const adapters = [{ kind: "linear" }, { kind: "mlp3", hiddenSize: 8 }] as const;
  for (const config of adapters)
    expect(partsOf(sAdapter(config, { from: 4, to: 8 }).init(key(0)))).toEqual(["S-Adapter"]);
  expect(partsOf(classTable({ classes: 3, hiddenSize: 16 }).init(key(0)))).toEqual(["class table"]);
  expect(partsOf(unconditional({ hiddenSize: 16 }).init(key(0)))).toEqual(["unconditional vector"]);
  for (const at of ["projector.0", "projectors.0"])
    expect(partsOf(repaHead({ from: 4, hidden: 4, to: 4, at }).init(key(0)))).toEqual(["projector"]);
});

test("a model has no parameter of a part that it does not have", () => {
  const parts = (conditioner: Conditioner, options: object = {}): readonly string[] =>
    partsOf(velocityModel({ backbone: sit({ ...size, tapAfter: 1 }), conditioner, ...options }).avals());
  const own = ["position table", "backbone"];
  expect(parts(given, { nullSnippet: "learned" })).toEqual([...own, "S-Adapter"]);
  expect(parts(classTable({ classes: 3, hiddenSize: 16 }) as Conditioner)).toEqual([...own, "class table"]);
  expect(parts(given, { projectors: [{ width: 4 }] })).toEqual([...own, "S-Adapter", "projector"]);
});
