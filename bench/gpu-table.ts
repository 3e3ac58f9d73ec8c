#!/usr/bin/env node
import { availableParallelism, cpus } from "node:os";
import { type Device, onnxEngine } from "@gmem/engine-onnx";
import type { Engine } from "@gmem/tensor";
import { Command, Option } from "commander";
import { decoded, drawn, type Measured, stepped } from "./gpu/measure.ts";
import { besides, type Mode } from "./gpu/peers.ts";
import { gpuSizes, tinySizes } from "./gpu/sizes.ts";
import { decodeTable, sampleTable, stepTable } from "./gpu/tables.ts";

interface Options {
  readonly device: Device;
  readonly tiny?: boolean;
  readonly minutes: number;
  readonly python: string;
}

/**
 * Measures a card within some minutes and prints its tables as Markdown: train steps, sampling, decoding, and PyTorch on the
 * same card where it is there. What does not fit into the time, or fails, says so in its row.
 */
async function main({ device, tiny, minutes, python }: Options): Promise<void> {
  const end = Date.now() + minutes * 60_000;
  const inTime = async <T>(what: string, measure: () => Promise<T>): Promise<T | string> => {
    if (Date.now() > end) return "no time";
    process.stderr.write(`${what}\n`);
    return measure().catch((error: Error) => error.message.split("\n")[0] as string);
  };
  const engine: Engine = await onnxEngine({ device });
  const sizes = tiny ? tinySizes : gpuSizes;
  const peer = device === "cpu" ? "cpu" : "cuda";
  const steps: Parameters<typeof stepTable>[0][number][] = [];
  try {
    for (const [name, size] of Object.entries(sizes)) {
      const own: Record<string, Measured | string> = {};
      for (const precision of ["f32", "f16"] as const)
        own[precision] = await inTime(`${name} ${precision}`, () => stepped(engine, { size, device, precision, end }));
      const theirs: Record<string, number | string> = {};
      for (const mode of ["f32", "tf32", "f16", "bf16"] as readonly Mode[])
        theirs[mode] = await inTime(`${name}, PyTorch ${mode}`, () => besides(size, { mode, device: peer, python }));
      steps.push({ name, own, theirs });
    }
    const [, size] = Object.entries(sizes)[tiny ? 0 : 1] as [string, (typeof sizes)[string]];
    const pictures = await inTime("sampling", () => drawn(engine, { size, steps: tiny ? 2 : 20 }));
    const decode = await inTime("decoding", () => decoded(engine, { tiny: tiny ?? false }));
    const on = `${engine.name}, ${cpus()[0]?.model ?? "?"} with ${availableParallelism()} threads, Node ${process.version}`;
    process.stdout.write(`${[on, stepTable(steps), sampleTable(pictures), decodeTable(decode)].join("\n\n")}\n`);
  } finally {
    await engine.dispose();
  }
}

await new Command("gpu-table")
  .description("Measures a card and prints its tables as Markdown.")
  .addOption(new Option("--device <device>", "what to measure").choices(["webgpu", "cuda", "cpu"]).default("webgpu"))
  .option("--tiny", "networks of some thousand parameters: for a software driver")
  .option("--minutes <n>", "time for all of it", Number, 6)
  .option("--python <path>", "a Python with PyTorch", "python3")
  .action(main)
  .parseAsync();
