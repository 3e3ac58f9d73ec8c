import { inceptionScore } from "../inception/inception-score.ts";
import { openDraws } from "../random/draws.ts";
import { studentInterval } from "../student.ts";
import type { Context } from "./context.ts";
import type { MetricResult } from "./result.ts";
import { needed } from "./sides.ts";
import { splitWarnings } from "./warnings.ts";

/** Inception score of the fake images. */
export function measureScore(context: Context): MetricResult {
  const { protocol, sides, level, seed } = context;
  const { score: how = context.undefinedIn("IS") } = protocol;
  const logits = needed("IS", "fake", { sides, kind: "logits" });
  const [n = 0] = logits.shape;
  const { splits, order, degrees } = how;
  const found = inceptionScore(logits, {
    ...("size" in splits ? { splitSize: splits.size } : { splits }),
    ...(order === "given" ? {} : { order: openDraws(order, seed).permutation(n) }),
    degrees,
  });
  const { low, high } = studentInterval(found.score, { error: found.error, degrees: Math.max(1, n - 1), level });
  return context.result({
    metric: "IS",
    value: found.score,
    interval: { low: Math.max(1, low), high, method: "each image's share" },
    counts: { real: 0, fake: n },
    ...(order === "given" ? {} : { seed }),
    options: {
      ...context.seen,
      splits: found.splits.length,
      ...("size" in splits ? { "split size": splits.size } : { remainder: splits.remainder }),
      order,
      deviation: found.deviation,
      degrees,
    },
    warnings: [
      ...splitWarnings(n, splits),
      ...(n < 5000 ? [`${n} images are few for 1,008 classes: the score is too small`] : []),
    ],
  });
}
