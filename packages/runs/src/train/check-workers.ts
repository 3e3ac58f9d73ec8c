import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

type Config = Pick<
  RunConfig,
  "workers" | "exchange" | "rounds" | "accumulate" | "batch" | "engine" | "steps" | "checkpointEvery" | "sampleEvery"
>;

const fail = (text: string): never => {
  throw new GMemError("CONFIG", text);
};

/**
 * Refuses workers that could not work together, or whose number could change the bits of a step.
 * @throws {GMemError} code `CONFIG`, naming the setting and what to do.
 */
export function checkWorkers(config: Config): void {
  const { workers, exchange, engine } = config;
  if (engine.precision === "f16" && (workers > 1 || exchange === "rounds"))
    fail(
      `engine.precision: f16 is for one worker without rounds, got workers=${workers} exchange=${exchange}; set engine.precision=f32`,
    );
  if (exchange === "rounds") checkRounds(config);
  else if (workers === 1) return;
  else checkExact(config);
  if (engine.kind === "onnx" && engine.device === "cpu" && engine.threads === null)
    fail(
      "engine.threads: must be set where there are several workers, the threads of each, got null; the bits of a step may depend on it, so that it must not follow from the machine: engine.threads=1",
    );
}

function checkExact({ workers, accumulate, batch, engine }: Config): void {
  if (engine.kind !== "onnx" || engine.device !== "cpu")
    fail(
      `workers: more than one are for engine.kind=onnx engine.device=cpu, for on a GPU all would compute on the same one, got ${engine.kind === "onnx" ? engine.device : engine.kind}; set workers=1, or exchange=rounds for several machines`,
    );
  if (accumulate % workers === 0) return;
  const fitting = Array.from({ length: batch }, (_, i) => i + 1).find((n) => n % workers === 0 && batch % n === 0);
  const set = fitting === undefined ? `workers to a divisor of batch ${batch}` : `accumulate=${fitting}`;
  fail(
    `workers: must divide accumulate ${accumulate}, the parts of a batch that they share, got ${workers}; set ${set}`,
  );
}

function checkRounds({ rounds, steps, checkpointEvery, sampleEvery }: Config): void {
  for (const [name, value] of Object.entries({ steps, checkpointEvery, sampleEvery }))
    if (value % rounds.steps !== 0)
      fail(
        `rounds.steps: must divide ${name} ${value}, for there is nothing to see within a round, got ${rounds.steps}; set one of them`,
      );
}
