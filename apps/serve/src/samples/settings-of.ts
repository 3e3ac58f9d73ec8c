import { explainIssues, type RunConfig, runSchema } from "@gmem/runs";
import { Refusal } from "../refusal.ts";
import type { SampleBody } from "./sample-body.ts";

/** A run's sampler with what a request changes of it. @throws {Refusal} 400 for what the schema of runs refuses. */
export function settingsOf(
  base: RunConfig["sampler"],
  { steps, solver, guidance, guidanceInterval }: Pick<SampleBody, "steps" | "solver" | "guidance" | "guidanceInterval">,
): RunConfig["sampler"] {
  const given = Object.entries({ steps, solver, cfg: guidance, cfgInterval: guidanceInterval });
  const value = { ...base, ...Object.fromEntries(given.filter(([, own]) => own !== undefined)) };
  const schema = runSchema.shape.sampler;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [key] = checked.error.issues[0]?.path ?? [];
  throw new Refusal(400, "INVALID_REQUEST", explainIssues(checked.error.issues, { schema, value }), {
    param: String(key === "cfgInterval" ? "guidanceInterval" : key),
  });
}
