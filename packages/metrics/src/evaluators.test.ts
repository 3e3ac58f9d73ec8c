import { readFile } from "node:fs/promises";
import { array, evaluate, type NDArray, type Tensor, trace } from "@gmem/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { dinov2MetricInput } from "./dinov2-protocols.ts";
import { featureStatistics } from "./frechet/feature-statistics.ts";
import { frechetDistance } from "./frechet/frechet-distance.ts";
import { inceptionInput } from "./inception/inception.ts";
import { inceptionScore } from "./inception/inception-score.ts";
import { kernelDistance } from "./kernel/kernel-distance.ts";
import { type KernelSubsetsOptions, kernelSubsets } from "./kernel/kernel-subsets.ts";
import { precisionRecall } from "./neighbours/precision-recall.ts";
import { type Generator, openDraws } from "./random/draws.ts";

interface Fixture {
  readonly inputs: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly outputs: Readonly<Record<string, never>>;
}
let fixture: Fixture;
beforeAll(async () => {
  const text = await readFile(new URL("../test/fixtures/evaluators.json", import.meta.url), "utf8");
  fixture = JSON.parse(text) as Fixture;
});
const input = (name: string): NDArray<"f32"> => {
  const { shape, data } = fixture.inputs[name] as { shape: number[]; data: number[] };
  return array(Float32Array.from(data), shape);
};
const output = <T>(name: string): T => fixture.outputs[name] as T;
/** Equal to ten digits. */
const ten = (value: number): unknown => expect.closeTo(value, 10);

describe("on the same features the numbers are those of", () => {
  const fid = async (mean: "float32" | "float64"): Promise<number> =>
    frechetDistance(await featureStatistics(input("real"), { mean }), await featureStatistics(input("fake"), { mean }));
  it("pytorch-fid, clean-fid and torch-fidelity, whose means differ in their type", async () => {
    expect(await fid("float64")).toBeCloseTo(output("fid pytorch-fid"), 7);
    expect(await fid("float32")).toBeCloseTo(output("fid clean-fid"), 7);
    expect(await fid("float32")).toBeCloseTo(output("fid torch-fidelity"), 7);
    const { mean } = await featureStatistics(input("real"), { mean: "float32" });
    expect([...mean]).toEqual(output("mean float32"));
  });
  it("torch-fidelity's and torchmetrics' Inception scores, each with its own order, splits and deviation", () => {
    const logits = input("logits");
    const order = (generator: Generator, seed: number): Int32Array => openDraws(generator, seed).permutation(57);
    const fidelity = inceptionScore(logits, {
      splits: { count: 10, remainder: "spread" },
      order: order("numpy", 2020),
    });
    expect([fidelity.score, fidelity.deviation]).toEqual(output<number[]>("is torch-fidelity").map(ten));
    const options = { splits: { count: 10, remainder: "short" }, order: order("torch", 11), degrees: 1 } as const;
    const metrics = inceptionScore(logits, options);
    expect([metrics.score, metrics.deviation]).toEqual(output<number[]>("is torchmetrics").map(ten));
  });
  it("torch-fidelity's, clean-fid's and torchmetrics' KID, each with its own subsets", async () => {
    const kid = (generator: Generator, seed: number, drawnFirst: KernelSubsetsOptions["drawnFirst"]) => {
      const rows = [90, 80] as const;
      const how = { rows, count: 5, size: 40, ...(drawnFirst && { drawnFirst }) };
      return kernelDistance(input("real"), input("fake"), { subsets: kernelSubsets(openDraws(generator, seed), how) });
    };
    const fidelity = await kid("numpy", 2020, "second");
    expect([fidelity.mean, fidelity.deviation]).toEqual(output<number[]>("kid torch-fidelity").map(ten));
    expect((await kid("numpy", 11, "second")).mean).toEqual(ten(output("kid clean-fid")));
    const metrics = await kid("torch", 11, "first");
    expect([metrics.mean, metrics.deviation]).toEqual(output<number[]>("kid torchmetrics").map(ten));
  });
  it("prdc and torch-fidelity, with and without the edge of a ball", async () => {
    const { holders, radii, ...shares } = await precisionRecall(input("real"), input("fake"), {
      neighbours: 5,
      inside: "<",
    });
    const expected = Object.entries(output<Record<string, number>>("prdc")).map(([name, value]) => [name, ten(value)]);
    expect(shares).toEqual(Object.fromEntries(expected));
    const { precision, recall } = await precisionRecall(input("real"), input("fake"));
    const [theirs, other] = output<[number, number]>("prc torch-fidelity"); // means in float32
    expect(precision).toBeCloseTo(theirs, 6);
    expect(recall).toBeCloseTo(other, 6);
  });
});

describe("a picture of 7 × 5 reaches the network as in", () => {
  const seen = (network: (x: Tensor) => Tensor): ((y: number, x: number) => readonly number[]) => {
    const { data } = input("image");
    const x = array(
      Float32Array.from({ length: 105 }, (_, at) => (data[(at % 35) * 3 + Math.floor(at / 35)] as number) / 255),
      [1, 3, 5, 7],
    );
    const graph = trace({ feeds: { x } }, ({ feeds }) => ({ fetches: { y: network(feeds.x) } }));
    const { shape, data: values } = evaluate(graph, { x }).fetches.y as NDArray;
    const size = shape[3] as number;
    return (row, column) => [0, 1, 2].map((c) => values[(c * size + row) * size + column] as number);
  };
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const bytes = (values: readonly number[]): number[] =>
    values.map((value, c) => 255 * (value * (std[c] as number) + (mean[c] as number)));
  const check = (
    name: string,
    places: { rows: number[]; step: number },
    found: (y: number, x: number) => readonly number[],
  ) => {
    const [rows] = Object.values(output<Record<string, number[][][]>>(name)) as [number[][][]];
    for (const [i, row] of places.rows.entries())
      for (const [j, pixel] of (rows[i] as number[][]).entries())
        for (const [c, value] of found(row, j * places.step).entries())
          expect(Math.abs(value - (pixel[c] as number)), `${name}, row ${row}, pixel ${j}`).toBeLessThan(2e-3);
  };
  it("clean-fid: Pillow's bicubic filter in float32, limited to bytes", () => {
    const found = seen((x) => inceptionInput(x, "clean-fid"));
    check("resize clean-fid", { rows: [0, 100, 298], step: 23 }, (y, x) =>
      found(y, x).map((value) => 128 * value + 128),
    );
  });
  it.each(["dgm-eval", "edm2"] as const)("%s", (protocol) => {
    const found = seen((x) => dinov2MetricInput(x, protocol));
    check(`resize ${protocol}`, { rows: [0, 100, 223], step: 31 }, (y, x) => bytes(found(y, x)));
  });
});
