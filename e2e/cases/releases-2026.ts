import { readFile } from "node:fs/promises";
import { peakSignalToNoise, structuralSimilarity } from "@gmem/metrics";
import { openWeights, readNpz, readWeights } from "@gmem/weights";
import type { Case, Given } from "./case.ts";
import { close, demand, failing } from "./expect.ts";
import { transformers5 } from "./transformers-5.ts";

/** What a file of torch 2.11 holds, by the list of the library that wrote it. */
const torch = (row: string, kind: string): Case => ({
  row,
  ...(row.startsWith(`torch211-${kind}`) ? {} : { input: kind }),
  async check({ file }) {
    const expected = JSON.parse(await readFile(file("expected.json"), "utf8"))[kind] as Record<
      string,
      readonly number[]
    >;
    const { tensors } = await readWeights(file(`torch211-${kind}.pt`));
    return Object.entries(expected)
      .map(([name, values]) => {
        const inside = name.split(".").at(-1) as string; // the only dictionary of a file is its network
        return `${name} ${close(tensors[name] ?? tensors[inside], values, { atol: 1e-7 })}`;
      })
      .join(", ");
  },
});

/** Every tensor is listed; some are read, others an error when they are read. */
async function each(
  path: string,
  read: Readonly<Record<string, readonly number[]>>,
  refuses: readonly string[],
): Promise<string> {
  const file = await openWeights(path);
  try {
    for (const [name, values] of Object.entries(read)) close(await file.read(name), values);
    for (const name of refuses) await failing(() => file.read(name), name);
    const all = [...Object.keys(read), ...refuses].sort();
    demand(String(Object.keys(file.tensors).sort()) === String(all), all.join(" "), Object.keys(file.tensors));
    return `${Object.keys(read).length} read, listed and refused: ${refuses.join(", ")}`;
  } finally {
    await file.close();
  }
}

const mixed: readonly Case[] = [
  {
    row: "torch211-c64.pt",
    async check({ file }) {
      const weights = await openWeights(file("torch211-c64.pt"));
      try {
        demand("a" in weights.tensors, "a in the list", Object.keys(weights.tensors));
        return await failing(() => weights.read("a"), "C64");
      } finally {
        await weights.close();
      }
    },
  },
  {
    row: "st08-mixed.safetensors",
    check: ({ file }) =>
      each(
        file("st08-mixed.safetensors"),
        {
          u64: [0, 1, 2],
          i64: [0, 1, 2],
          k_f64: [0, 1],
          e_empty: [],
          s_scalar: [4],
          z_f32: [0, 1, 2],
          u32: [0, 1, 2],
          m_bf16: [0, 1, 2],
          u16: [0, 1, 2],
          b_f8: [0, 1, 2],
          x_f8e5: [1, 1],
          a_u8: [0, 1, 2],
          c_bool: [1, 0],
        },
        ["x_c64", "x_f8fnuz", "x_f8e8m0", "x_f4"],
      ),
  },
  {
    row: "np252.npz",
    check: ({ file }) =>
      each(
        file("np252.npz"),
        {
          f32: [0, 1, 2, 3, 4, 5],
          fortran: [0, 1, 2, 3, 4, 5],
          big: [0, 1, 2],
          zero_d: [2.5],
          empty: [],
          f16: [0, 1, 2],
          u16: [0, 1, 2],
          bool: [1, 0],
          i64: [0, 1, 2],
        },
        ["bf16", "f8", "str", "struct", "c64", "long"],
      ),
  },
];

async function similarity({ file }: Given): Promise<string> {
  const arrays = await readNpz(file("metrics-io.npz"));
  const [a, b] = [arrays.a, arrays.b] as const;
  if (a?.dtype !== "f32" || b?.dtype !== "f32") throw new Error("a and b must be float32");
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const valid = mean(structuralSimilarity(a, b, { range: 1, protocol: "valid" }));
  const padded = mean(structuralSimilarity(a, b, { range: 1, protocol: "torchmetrics" }));
  demand(Math.abs(valid - 0.9902104) < 1e-6, "valid .9902104", valid);
  demand(Math.abs(padded - 0.9902703) < 1e-6, "torchmetrics .9902703", padded);
  const decibels = mean(peakSignalToNoise(a, b, { range: 1 }));
  demand(Math.abs(decibels - 24.98397) < 1e-4, "mean decibels 24.98397", decibels);
  return `SSIM ${valid.toFixed(7)} and ${padded.toFixed(7)}, PSNR ${decibels.toFixed(5)}`;
}

/** Files that the libraries of late 2026 write. */
export const releases2026: readonly Case[] = [
  torch("torch211-neg.pt", "neg"),
  torch("torch211-f8.pt, -u16.pt", "f8"),
  torch("torch211-f8.pt, -u16.pt", "u16"),
  torch("torch211-attr.pt", "attr"),
  torch("torch211-dd.pt", "dd"),
  torch("torch211-param, -module", "param"),
  torch("torch211-param, -module", "module"),
  {
    row: "torch211-legacy, -sit-like",
    async check({ file }) {
      const [legacy, module] = [
        await readWeights(file("torch211-legacy.pt")),
        await readWeights(file("torch211-module.pt")),
      ];
      const names = Object.keys(module.tensors);
      demand(String(Object.keys(legacy.tensors)) === String(names), names.join(" "), Object.keys(legacy.tensors));
      for (const name of names) close(legacy.tensors[name], Array.from(module.tensors[name]?.data ?? [], Number));
      const ema = await readWeights(file("torch211-sit-like.pt"));
      const raw = await readWeights(file("torch211-sit-like.pt"), { weights: "raw" });
      for (const { tensors } of [ema, raw])
        demand(
          String(tensors.weight?.shape) === "2,3" && String(tensors.bias?.shape) === "2",
          "a Linear(3, 2)",
          tensors,
        );
      return `${names.length} tensors as in the module; ema and model of a Linear(3, 2)`;
    },
  },
  ...mixed,
  ...transformers5,
  { row: "metrics-io.npz, torchmetrics-1.9.json", check: similarity },
];
