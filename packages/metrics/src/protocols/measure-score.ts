import type { MetricNumber } from "@gmem/spec";
import { inceptionScore } from "../inception/inception-score.ts";
import { openDraws } from "../random/draws.ts";
import { studentInterval } from "../student.ts";
import type { Context } from "./context.ts";
import type { ScoreProtocol } from "./protocol.ts";
import { given } from "./sides.ts";
import { splitWarnings } from "./warnings.ts";

/** Inception score of the fake images. */
export function measureScore(context: Context): MetricNumber {
  const { protocol, sides, level, seed } = context;
  const logits = given(sides, "fake", "logits");
  const [n = 0] = logits.shape;
  const { splits, order, degrees } = protocol.score as ScoreProtocol;
  const found = inceptionScore(logits, {
    ...("size" in splits ? { splitSize: splits.size } : { splits }),
    ...(order === "given" ? {} : { order: openDraws(order, seed).permutation(n) }),
    degrees,
  });
  const { low, high } = studentInterval(found.score, { error: found.error, degrees: Math.max(1, n - 1), level });
  return {
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
  };
}
