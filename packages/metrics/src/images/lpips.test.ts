import { fileURLToPath } from "node:url";
import {
  type Aval,
  array,
  evaluate,
  f32,
  key,
  mapNamed,
  type Named,
  type NDArray,
  referenceEngine,
  trace,
} from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { lpips, lpipsFeatures } from "./lpips.ts";
import { lpipsNames } from "./lpips-names.ts";
import { lpipsNetwork } from "./lpips-network.ts";
import { type LpipsNet, smallestSide, trunkFeatures } from "./lpips-trunk.ts";

async function published(net: "alex" | "vgg"): Promise<Named<NDArray>> {
  const path = fileURLToPath(new URL(`../../test/fixtures/lpips_${net}.a.safetensors`, import.meta.url));
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

/** The published widths, under the names of torchvision. */
function squeezeShapes(): Named<Aval> {
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
  return mapNamed(shapes, (shape) => f32(...shape));
}

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
  it.each(["alex", "vgg", "squeeze"] as const)("with %s names its smallest side, which works", async (net) => {
    const state = net === "squeeze" ? lpipsNames(squeezeShapes(), net) : await published(net);
    const maps = (side: number): readonly (readonly number[])[] => {
      const found: (readonly number[])[] = [];
      trace({ feeds: { x: f32(1, 3, side, side) }, state }, ({ feeds, state }) => {
        const all = trunkFeatures(state, net, feeds.x);
        found.push(...all.map(({ shape }) => shape));
        return { fetches: { last: all.at(-1) as (typeof all)[number] } };
      });
      return found;
    };
    const least = smallestSide[net];
    expect(Math.min(...maps(least).map(([, , side = 0]) => side))).toBe(1);
    expect(() => maps(least - 1)).toThrow(); // nothing is left for a layer
    trace({ feeds: { x: f32(1, 3, 64, least - 1) } }, ({ feeds }) => {
      expect(() => lpipsFeatures({}, feeds.x, net)).toThrow(
        new RegExp(`${net} needs .* at least ${least} pixels a side`),
      );
      return { fetches: { x: feeds.x } };
    });
  });
  it("on an engine gives each pair the traced distance, and refuses images that are not in [0, 1]", async () => {
    const weights = await published("alex");
    const network = lpipsNetwork({ engine: referenceEngine(), net: "alex", weights, batchSize: 1 });
    expect(network.id).toBe("lpips-0.1-alex");
    const pair = [images(1), images(2)] as const;
    const close = Array.from(distance(weights, "alex", pair), (value) => expect.closeTo(value, 6));
    expect([...(await network.distances(...pair))]).toEqual(close);
    const signed = array(
      pair[1].data.map((value) => 2 * value - 1),
      pair[1].shape,
    );
    await expect(network.distances(pair[0], signed)).rejects.toThrow(
      /lpips: images must be in \[0, 1\].*\(x \+ 1\)\/2/,
    );
    const small = key(0).uniform([1, 3, 30, 64]);
    await expect(network.distances(small, small)).rejects.toThrow(/lpips with alex: .*at least 31 pixels a side/);
    await network.dispose();
  });
  it("has seven layers of the published widths with squeeze", () => {
    const found: (readonly number[])[] = [];
    trace({ feeds: { x: f32(1, 3, 64, 64) }, state: lpipsNames(squeezeShapes(), "squeeze") }, ({ feeds, state }) => {
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
