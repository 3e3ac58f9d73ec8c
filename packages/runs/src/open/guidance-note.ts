import type { RunConfig } from "../config/schema.ts";

/** What there is to say about guidance against a null snippet that training has never seen; undefined where all is well. */
export function guidanceNote(
  { conditioner, objective }: Pick<RunConfig, "conditioner" | "objective">,
  { cfg }: Pick<RunConfig["sampler"], "cfg">,
): string | undefined {
  if (cfg === 1 || conditioner.kind !== "memory-bank" || objective.nullProbability > 0) return undefined;
  return `cfg ${cfg} compares with the null snippet, which training with objective.nullProbability=0 has never seen; train with 0.1, or take cfg 1`;
}
