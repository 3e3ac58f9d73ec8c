import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { array, evaluate, f32, type Named, type NDArray, trace } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { inceptionFeatures, inceptionInput, inceptionLogits } from "./inception.ts";

const at = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));

describe("inceptionFeatures", () => {
  it("uses every parameter of the published file, at its shape, and gives the published widths", async () => {
    const { shapes } = JSON.parse(await readFile(at("inception_fid_names.json"), "utf8"));
    const names = Object.entries(shapes as Record<string, number[]>).filter(([name]) => !/num_batches/.test(name));
    const state = Object.fromEntries(names.map(([name, shape]) => [name, f32(...shape)]));
    const read = new Set<string>();
    const found: Record<string, readonly number[]> = {};
    trace({ feeds: { x: f32(1, 3, 299, 299) }, state }, ({ feeds, state }) => {
      const watched = new Proxy(state, {
        get: (target, name: string) => {
          read.add(name);
          return target[name];
        },
      });
      const features = inceptionFeatures(watched, feeds.x);
      for (const [name, { shape }] of Object.entries(features)) found[name] = shape;
      return { fetches: { logits: inceptionLogits(watched, features.pool) } };
    });
    expect([...read].sort()).toEqual(names.map(([name]) => name).sort());
    expect(found).toEqual({
      block0: [1, 64, 73, 73],
      block1: [1, 192, 35, 35],
      block2: [1, 768, 17, 17],
      spatial: [1, 7, 17, 17],
      pool: [1, 2048],
    });
  });
  it("gives an image the same features in every batch", async () => {
    const { tensors } = await readSafetensors(at("inception_fid_narrow.a.safetensors"));
    const entries = Object.entries(tensors).filter(([name]) => name.startsWith("w/"));
    const params: Named<NDArray> = Object.fromEntries(entries.map(([name, value]) => [name.slice(2), value]));
    const x = tensors["in/x"] as NDArray<"f32">;
    const one = array(x.data.slice(x.data.length / 2), [1, 3, 37, 37]);
    const [both, alone] = [x, one].map((images) => {
      const graph = trace({ feeds: { images }, state: params }, ({ feeds, state }) => ({
        fetches: { pool: inceptionFeatures(state, inceptionInput(feeds.images, "tf1")).pool },
      }));
      return (evaluate(graph, { images }, params).fetches.pool as NDArray<"f32">).data;
    }) as [Float32Array, Float32Array];
    expect([...both.slice(both.length / 2)]).toEqual(Array.from(alone, (value) => expect.closeTo(value, 5)));
  });
});

describe("inceptionInput", () => {
  it("maps 0 to −1, and 1 to 127/128 as the graph of 2015 or to 1 as its port", () => {
    const x = array(Float32Array.of(0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0), [1, 3, 2, 2]);
    for (const [resize, top] of [
      ["tf1", 127 / 128],
      ["pytorch-fid", 1],
    ] as const) {
      const graph = trace({ feeds: { x } }, ({ feeds }) => ({ fetches: { y: inceptionInput(feeds.x, resize) } }));
      const { data, shape } = evaluate(graph, { x }, {}).fetches.y as NDArray<"f32">;
      expect(shape).toEqual([1, 3, 299, 299]);
      expect([data[0], data[298]]).toEqual([expect.closeTo(-1, 5), expect.closeTo(top, 5)]);
    }
  });
  it("refuses anything but RGB", () => {
    expect(() =>
      trace({ feeds: { x: f32(1, 1, 8, 8) } }, ({ feeds }) => ({ fetches: { y: inceptionInput(feeds.x, "tf1") } })),
    ).toThrow(expect.objectContaining({ code: "SHAPE" }));
  });
});
