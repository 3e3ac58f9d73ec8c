import { readFileSync } from "node:fs";
import { array, type Named, type NDArray } from "@gmem/tensor";

/** A reference file beside this one: its tensors as float32, whole numbers too, and its metadata. */
export function readFixture(name: string): Fixture {
  const file = readFileSync(new URL(`fixtures/${name}.a.safetensors`, import.meta.url));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(file.toString("utf8", 8, start)) as Header;
  const tensors = Object.entries(entries).map(
    ([
      tensor,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const { buffer } = Uint8Array.from(file.subarray(start + from, start + to));
      const values = dtype === "I64" ? Float32Array.from(new BigInt64Array(buffer), Number) : new Float32Array(buffer);
      return [tensor, array(values, shape)] as const;
    },
  );
  return { tensors: Object.fromEntries(tensors), metadata, config: JSON.parse(metadata.config ?? "{}") };
}

interface Fixture {
  readonly tensors: Named<NDArray<"f32">>;
  readonly metadata: Named<string>;
  /** The constructor's arguments of the original network. */
  readonly config: Readonly<Record<string, unknown>>;
}

type Header = { readonly __metadata__: Named<string> } & Named<{
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [from: number, to: number];
}>;
