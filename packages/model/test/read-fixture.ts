import { readFileSync } from "node:fs";
import { array, type Named, type NDArray } from "@gmem/tensor";

/** The float32 tensors of a reference file beside this one, by name. */
export function readFixture(name: string): Named<NDArray<"f32">> {
  const file = readFileSync(new URL(`fixtures/${name}.safetensors`, import.meta.url));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: _, ...entries } = JSON.parse(file.toString("utf8", 8, start)) as Record<string, Entry>;
  return Object.fromEntries(
    Object.entries(entries)
      .filter(([, { dtype }]) => dtype === "F32")
      .map(
        ([
          tensor,
          {
            shape,
            data_offsets: [from, to],
          },
        ]) => {
          const bytes = Uint8Array.from(file.subarray(start + from, start + to));
          return [tensor, array(new Float32Array(bytes.buffer), shape)];
        },
      ),
  );
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [from: number, to: number];
}
