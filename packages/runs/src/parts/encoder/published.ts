import { type AllTensors, readWeights } from "@gmem/weights";
import type { WorkOptions } from "../../progress.ts";
import { locateWeights } from "../locate-weights.ts";

interface Named {
  readonly kind: string;
  readonly weights: string | null;
}

/** The file that `encoder.weights` names. @throws {GMemError} code `CONFIG` if it is not given. */
export const encoderFile = ({ kind, weights }: Named, options: WorkOptions): Promise<string> =>
  locateWeights("encoder.weights", weights, { ...options, what: kind });

/** The tensors of that file. */
export const encoderWeights = async (settings: Named, options: WorkOptions): Promise<AllTensors["tensors"]> =>
  (await readWeights(await encoderFile(settings, options))).tensors;

/** Says which tensors of the file are of a head beside the encoder. */
export function sayIgnored({ ignored }: { readonly ignored: readonly string[] }, { onProgress }: WorkOptions): void {
  if (ignored.length === 0) return;
  const names = `${ignored.slice(0, 4).join(", ")}${ignored.length > 4 ? ", …" : ""}`;
  const result = `${ignored.length} tensors of a head beside the encoder are left out: ${names}`;
  onProgress?.({ stage: "encoder", done: 1, total: 1, result });
}
