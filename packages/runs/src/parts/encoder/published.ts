import { counted, type Named, type NDArray } from "@gmem/tensor";
import type { WorkOptions } from "../../progress.ts";
import { locateWeights } from "../locate-weights.ts";
import { locatedWeights } from "../located-weights.ts";

interface Settings {
  readonly kind: string;
  readonly weights: string | null;
}

/** The file that `encoder.weights` names. @throws {GMemError} code `CONFIG` if it is not given. */
export const encoderFile = ({ kind, weights }: Settings, options: WorkOptions): Promise<string> =>
  locateWeights("encoder.weights", weights, { ...options, what: kind });

/** The tensors of that file. */
export const encoderWeights = ({ kind, weights }: Settings, options: WorkOptions): Promise<Named<NDArray>> =>
  locatedWeights("encoder.weights", weights, { ...options, what: kind });

/** Says which tensors of the file are of a head beside the encoder. */
export function sayIgnored({ ignored }: { readonly ignored: readonly string[] }, { onProgress }: WorkOptions): void {
  if (ignored.length === 0) return;
  const names = `${ignored.slice(0, 4).join(", ")}${ignored.length > 4 ? ", …" : ""}`;
  const result = `left out beside the encoder: ${counted(ignored.length, "tensor")} of a head: ${names}`;
  onProgress?.({ stage: "encoder", done: 1, total: 1, result });
}
