import type { WorkOptions } from "../../progress.ts";
import { locateWeights } from "../locate-weights.ts";

/** The file that `encoder.weights` names. @throws {GMemError} code `CONFIG` if it is not given. */
export const encoderFile = (
  { kind, weights }: { readonly kind: string; readonly weights: string | null },
  options: WorkOptions,
): Promise<string> => locateWeights("encoder.weights", weights, { ...options, what: kind });
