import { didYouMean, GMemError } from "@gmem/tensor";
import type { At, Study } from "./study.ts";

/** Fewest seeds of a study: an interval over two says next to nothing. */
const fewestSeeds = 3;

/** @throws {GMemError} code `CONFIG` for names that stand for nothing, too few seeds and claims without a rule. */
export function checkStudy({ name, configurations, metrics, sizes, claims, paper }: Study): void {
  const fail = (rule: string, got: string): never => {
    throw new GMemError("CONFIG", `study ${name}: ${rule}, got ${got}`);
  };
  const known = (what: string, word: string, among: object): void => {
    if (!Object.hasOwn(among, word))
      fail(`must name a ${what} that it has`, `"${word}".${didYouMean(word, Object.keys(among))}`);
  };
  for (const [size, { seeds, configurations: some = [] }] of Object.entries(sizes)) {
    if (new Set(seeds).size < fewestSeeds)
      fail(`${size}: needs at least ${fewestSeeds} seeds`, `${new Set(seeds).size}`);
    for (const word of some) known("configuration", word, configurations);
  }
  for (const { values } of paper) for (const word of Object.keys(values)) known("configuration", word, configurations);
  for (const { text, rule } of claims) {
    if (rule.length === 0) fail(`claim "${text}": needs a rule`, "none");
    for (const [configuration, metric] of rule.flatMap(({ less, more }) => [less, more].filter(isAt))) {
      known("configuration", configuration, configurations);
      known("metric", metric, metrics);
    }
  }
}

const isAt = (side: At | number): side is At => typeof side !== "number";
