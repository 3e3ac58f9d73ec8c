import { fileURLToPath } from "node:url";
import { evaluate, f32, key, mapNamed, type Named, type NDArray, trace } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { lpips, lpipsFeatures } from "./lpips.ts";
import { lpipsNames } from "./lpips-names.ts";
import type { LpipsNet } from "./lpips-trunk.ts";

async function published(net: "alex" | "vgg"): Promise<Named<NDArray>> {
  const path = fileURLToPath(new URL(`../test/fixtures/lpips_${net}.a.safetensors`, import.meta.url));
  const { tensors } = await readSafetensors(path);
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith("w/"));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(2), value]));
}

function distance(params: Named<NDArray>, net: LpipsNet, [a, b]: readonly [NDArray, NDArray]): Float32Array {
  const graph = trace({ feeds: { a, b }, state: params }, ({ feeds, state }) => ({
    fetches: { distance: lpips(state, feeds.a, { other: feeds.b, net }).distance },
  }));
  return (evaluate(graph, { a, b }, params).fetches.distance as NDArray<"f32">).data;
}

const images = (seed: number): NDArray<"f32"> => key(seed).uniform([2, 3, 64, 64]);

describe("lpips", () => {
  it.each(["alex", "vgg"] as const)("with %s is 0 for equal images, symmetric and positive for others", async (net) => {
    const params = await published(net);
    const [x, y] = [images(1), images(2)];
    expect([...distance(params, net, [x, x])]).toEqual([0, 0]);
    const [there, back] = [distance(params, net, [x, y]), distance(params, net, [y, x])];
    expect(Math.min(...there)).toBeGreaterThan(0);
    expect([...there]).toEqual(Array.from(back, (value) => expect.closeTo(value, 6)));
  });
  it("takes torchvision's names beside the published shares", async () => {
    const params = await published("alex");
    const torchvision = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name.replace(/^net\.slice\d\./, "features."), value]),
    );
    const pair = [images(1), images(2)] as const;
    expect(lpipsNames(params, "alex")).toEqual(params);
    expect(distance(lpipsNames(torchvision, "alex"), "alex", pair)).toEqual(distance(params, "alex", pair));
  });
  it("has seven layers of the published widths with squeeze", () => {
    const modules = [
      [3, 16, 64],
      [4, 16, 64],
      [6, 32, 128],
      [7, 32, 128],
      [9, 48, 192],
      [10, 48, 192],
      [11, 64, 256],
      [12, 64, 256],
    ];
    const shapes: Record<string, readonly number[]> = { "features.0.weight": [64, 3, 3, 3], "features.0.bias": [64] };
    let width = 64;
    for (const [index, squeezed = 0, expanded = 0] of modules) {
      shapes[`features.${index}.squeeze.weight`] = [squeezed, width, 1, 1];
      shapes[`features.${index}.squeeze.bias`] = [squeezed];
      for (const side of [1, 3]) {
        shapes[`features.${index}.expand${side}x${side}.weight`] = [expanded, squeezed, side, side];
        shapes[`features.${index}.expand${side}x${side}.bias`] = [expanded];
      }
      width = 2 * expanded;
    }
    const state = mapNamed(shapes, (shape) => f32(...shape));
    const found: (readonly number[])[] = [];
    trace({ feeds: { x: f32(1, 3, 64, 64) }, state: lpipsNames(state, "squeeze") }, ({ feeds, state }) => {
      const maps = lpipsFeatures(state, feeds.x, "squeeze");
      found.push(...maps.map(({ shape }) => shape));
      return { fetches: { last: maps[6] as (typeof maps)[number] } };
    });
    expect(found.map(([, width]) => width)).toEqual([64, 128, 256, 384, 384, 512, 512]);
    expect(found.map(([, , height]) => height)).toEqual([31, 15, 7, 3, 3, 3, 3]);
  });
  it("refuses images of other shapes and names a missing parameter", async () => {
    const params = await published("alex");
    const other = key(3).uniform([2, 3, 32, 64]);
    expect(() => distance(params, "alex", [images(1), other])).toThrow(expect.objectContaining({ code: "SHAPE" }));
    expect(() => distance({}, "alex", [images(1), images(1)])).toThrow(/net\.slice1\.0\.(weight|bias)/);
  });
});
