import { fileURLToPath } from "node:url";
import { array, type Named, type NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";

interface Fixture {
  readonly tensors: Named<NDArray<"f32">>;
  /** The constructor's arguments of the original network. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A reference file beside this one: its tensors as float32, whole numbers too. */
export async function readFixture(name: string): Promise<Fixture> {
  const path = fileURLToPath(new URL(`fixtures/${name}.a.safetensors`, import.meta.url));
  const { tensors, metadata } = await readSafetensors(path);
  const floats = Object.entries(tensors).map(
    ([tensor, { data, shape }]) => [tensor, array(Float32Array.from(data), shape)] as const,
  );
  return { tensors: Object.fromEntries(floats), config: JSON.parse(metadata.config ?? "{}") };
}
