import { bootstrapInterval, wilsonInterval } from "@gmem/metrics";
import type { EvaluationNumber } from "@gmem/report/evaluation";
import { needsOf, type Run } from "@gmem/runs";
import type { NDArray } from "@gmem/tensor";
import { ownNumber } from "./own-number.ts";
import { evenly } from "./page-of.ts";

const asked = 48;

/**
 * Whether samples follow their snippets: for rows of the bank a picture each, encoded again. Its cosine with its own row, and
 * how often that row is the nearest of all that were asked for.
 * @returns nothing for a run that takes no rows of a memory bank.
 */
export async function snippetChecks(
  run: Run,
  options: { readonly seed: number; readonly signal: AbortSignal },
): Promise<readonly EvaluationNumber[]> {
  if (!run.bank || needsOf(run.config.conditioner).text) return [];
  const { seed, signal } = options;
  const rows = evenly(run.bank.size, asked);
  const sampler = await run.sampler(run.config.sampler, { batchSize: 16 });
  const request = run.conditioner.parse({ rows: [...rows] });
  const { images } = await sampler.draw({ request, count: rows.length, seed, signal });
  const snippets = await run.bank.at(rows);
  const cosines = cosinesOf(await (await run.encoder()).encode(images), snippets);
  const n = rows.length;
  const own = Float64Array.from({ length: n }, (_, i) => cosines[i * n + i] as number);
  const first = own.filter((cosine, i) =>
    cosines.subarray(i * n, (i + 1) * n).every((other) => other <= cosine),
  ).length;
  const facts = {
    counts: { real: n, fake: n },
    seed,
    options: { features: run.bank.encoderId, rows: n },
    against: "bank",
  };
  return [
    ownNumber("snippet followed", wilsonInterval(first, n), { ...facts, method: "Wilson" }),
    ownNumber("cosine with its snippet", bootstrapInterval(own), { ...facts, method: "bootstrap over pictures" }),
  ];
}

/** [n,n] of features and rows. */
function cosinesOf(features: NDArray<"f32">, snippets: NDArray<"f32">): Float64Array {
  const [n = 0, d = 0] = features.shape;
  const norm = ({ data }: NDArray<"f32">, row: number): number =>
    Math.hypot(...data.subarray(row * d, (row + 1) * d)) || 1;
  const cosines = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let product = 0;
      for (let k = 0; k < d; k++)
        product += (features.data[i * d + k] as number) * (snippets.data[j * d + k] as number);
      cosines[i * n + j] = product / norm(features, i) / norm(snippets, j);
    }
  return cosines;
}
