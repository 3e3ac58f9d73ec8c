import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { GMemError, sizeOf } from "@gmem/tensor";
import { openSafetensors } from "@gmem/weights";
import { quantity } from "../output/progress.ts";

/** Lists the tensors and metadata of a safetensors file, or of a run folder's model. Reads the header only. */
export async function inspect(path: string, { json }: { readonly json?: boolean }): Promise<void> {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "model.safetensors") : path;
  if (!existsSync(file))
    throw new GMemError(
      "CONFIG",
      `inspect: needs a safetensors file or a finished run folder, got ${path} without ${file}`,
    );
  const opened = await openSafetensors(file);
  try {
    const entries = Object.entries(opened.tensors);
    const parameters = entries.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
    if (json) {
      process.stdout.write(
        `${JSON.stringify({ file, parameters, metadata: opened.metadata, tensors: opened.tensors })}\n`,
      );
      return;
    }
    const width = Math.max(4, ...entries.map(([name]) => name.length));
    const lines = entries.map(([name, { dtype, shape }]) => `${name.padEnd(width)}  ${dtype.padEnd(4)}  [${shape}]`);
    const notes = Object.entries(opened.metadata).map(
      ([name, value]) => `${name}: ${value.length > 200 ? `${value.slice(0, 200)}…` : value}`,
    );
    process.stdout.write(
      `${[...lines, "", `${entries.length} tensors, ${quantity(parameters)} values, ${quantity(statSync(file).size, "B")}`, ...notes].join("\n")}\n`,
    );
  } finally {
    await opened.close();
  }
}
