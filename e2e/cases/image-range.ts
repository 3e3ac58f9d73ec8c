import { loadImages } from "@gmem/datasets";
import { scenes } from "@gmem/datasets/scenes";
import { onnxEngine } from "@gmem/engine-onnx";
import {
  fdRandomVgg,
  featureStatistics,
  fidInception,
  frechetDistance,
  imageStatistics,
  randomVgg,
} from "@gmem/metrics";
import type { NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import type { Case } from "./case.ts";
import { demand, failing } from "./expect.ts";

const row = "07-image-range";
const rows = Int32Array.from({ length: 24 }, (_, i) => i);
const images = async (seed: number) =>
  (await loadImages(scenes({ count: 24, size: 32, seed }), rows)) as NDArray<"f32">;

/** The same images in the ranges that other programs use, and with one NaN. */
const wrong = ({ shape, data }: NDArray<"f32">): readonly NDArray<"f32">[] =>
  [(v: number) => 2 * v - 1, (v: number) => 255 * v, (v: number, i: number) => (i === 7 ? Number.NaN : v)].map(
    (change) => ({
      dtype: "f32",
      shape,
      data: data.map(change),
    }),
  );

export const imageRange: readonly Case[] = [
  {
    row,
    input: "fidrange.mjs",
    async check({ file }) {
      const { tensors } = await readSafetensors(file("../../../fixtures/inception_fid_narrow.a.safetensors"));
      const weights = Object.fromEntries(
        Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith("w/") ? [[name.slice(2), tensor]] : [])),
      );
      const engine = await onnxEngine();
      try {
        const network = await fidInception({ engine, weights });
        const pool = async (x: NDArray<"f32">) => featureStatistics((await network.features(x)).pool);
        const [a, b] = [await images(0), await images(1)];
        const distance = await frechetDistance(await pool(a), await pool(b));
        demand(Math.abs(distance - 0.05) < 0.02, "0.05 for [0,1]", distance);
        const said = [];
        for (const x of wrong(b)) said.push(await failing(() => pool(x), /\[0, ?1\]|finite/i));
        await network.dispose();
        return `${distance.toFixed(3)} for [0,1]; ${said.join("; ")}`;
      } finally {
        await engine.dispose();
      }
    },
  },
  {
    row,
    input: "range.mjs",
    async check() {
      const engine = await onnxEngine();
      try {
        const [a, b] = [await images(0), await images(1)];
        const distance = (await fdRandomVgg(a, b, { engine })) as unknown;
        demand(/\d/.test(JSON.stringify(distance)), "a number", distance);
        const vgg = randomVgg({ engine });
        const said = [];
        for (const x of wrong(b)) {
          said.push(await failing(() => fdRandomVgg(a, x, { engine }), /\[0, ?1\]|finite/i));
          await failing(() => imageStatistics(x, { engine }), /\[0, ?1\]|finite/i);
          await failing(() => vgg.encode(x), /\[0, ?1\]|finite/i);
        }
        return said.join("; ");
      } finally {
        await engine.dispose();
      }
    },
  },
];
