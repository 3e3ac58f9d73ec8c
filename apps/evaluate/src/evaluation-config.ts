import { existsSync } from "node:fs";
import { importFile } from "@gmem/runs";
import type { FeatureExtractor, Metric } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";

/** What a file of `--config` exports as its default. */
export interface EvaluationConfig {
  readonly metrics: readonly Metric[];
  readonly features: readonly FeatureExtractor[];
}

/**
 * Metrics and feature extractors of anybody's, by import.
 * @throws {GMemError} code `CONFIG` for a file that is not there or exports something else.
 */
export async function evaluationConfig(path: string | undefined): Promise<EvaluationConfig> {
  if (path === undefined) return { metrics: [], features: [] };
  if (!existsSync(path)) throw new GMemError("CONFIG", `--config: must be a file, got ${path}, which does not exist`);
  const found: unknown = await importFile(path);
  const refuse = (rule: string, got: unknown): never => {
    throw new GMemError(
      "CONFIG",
      `--config: ${path} must ${rule}, got ${JSON.stringify(got) ?? String(got)}; see docs/adding-a-metric.md`,
    );
  };
  if (typeof found !== "object" || found === null) return refuse("export { metrics, features } as its default", found);
  const { metrics = [], features = [], ...others } = found as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) refuse("have metrics and features alone", other);
  const each = <T>(name: string, list: unknown, method: string): readonly T[] => {
    if (!Array.isArray(list)) return refuse(`have a list of ${name}`, list);
    const bad = list.findIndex((one) => typeof one?.name !== "string" || typeof one?.[method] !== "function");
    if (bad >= 0) refuse(`have ${name} with a name and ${method}()`, `${name}[${bad}]`);
    return list as readonly T[];
  };
  return {
    metrics: each<Metric>("metrics", metrics, "measure"),
    features: each<FeatureExtractor>("features", features, "extract"),
  };
}
