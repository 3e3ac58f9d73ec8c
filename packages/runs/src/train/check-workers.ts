import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

/**
 * Refuses workers that could not share a step, or whose number could change its bits.
 * @throws {GMemError} code `CONFIG`, naming the setting and what to do.
 */
export function checkWorkers({ workers, accumulate, batch, engine }: RunConfig): void {
  if (workers === 1) return;
  const fail = (text: string): never => {
    throw new GMemError("CONFIG", text);
  };
  if (engine.kind !== "onnx" || engine.device !== "cpu")
    fail(
      `workers: more than one are for engine.kind=onnx engine.device=cpu, for on a GPU all would compute on the same one, got ${engine.kind === "onnx" ? engine.device : engine.kind}; set workers=1`,
    );
  if (accumulate % workers !== 0) {
    const fitting = Array.from({ length: batch }, (_, i) => i + 1).find((n) => n % workers === 0 && batch % n === 0);
    const set = fitting === undefined ? `workers to a divisor of batch ${batch}` : `accumulate=${fitting}`;
    fail(
      `workers: must divide accumulate ${accumulate}, the parts of a batch that they share, got ${workers}; set ${set}`,
    );
  }
  if (engine.threads === null)
    fail(
      "engine.threads: must be set where there are several workers, the threads of each, got null; the bits of a step may depend on it, so that it must not follow from their number: engine.threads=1",
    );
}
