import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { GMemError } from "@gmem/tensor";
import { readTorch } from "@gmem/weights";
import type { ParityCase } from "./case.ts";

/** Torch files of any layout: one read beside its expected tensors and plain values, which must be equal in every bit. */
export const torchCase: ParityCase = {
  component: "pt_",
  expected: () => true,
  tolerance: () => ({ atol: 0 }),
  async run({ name, folder, metadata }) {
    const { pt_file: torchFile = `${name}.pt`, other_values: others = "{}" } = metadata;
    const { tensors, values } = await readTorch(join(folder, torchFile));
    for (const [path, value] of Object.entries(JSON.parse(others, namespaces) as Record<string, unknown>))
      if (!isDeepStrictEqual(plain(values[path]), value))
        throw new GMemError(
          "DATA",
          `${name}: "${path}" must be ${JSON.stringify(value)}, got ${JSON.stringify(plain(values[path]))}`,
        );
    return tensors;
  },
};

/** An argparse namespace, which references mark, is a plain record here. */
const namespaces = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "__namespace__" in value ? value.__namespace__ : value;

/** As JSON would give it back. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
