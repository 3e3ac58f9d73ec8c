import { GMemError } from "@gmem/tensor";
import type { MetricName } from "../protocols/built-in-metrics.ts";
import type { Protocol } from "../protocols/protocol.ts";

/** A metric that is not computed, and what it would take. */
export interface LeftOutMetric {
  readonly metric: string;
  readonly reason: string;
}

/** What of two sets is at hand. */
export interface AtHand {
  readonly protocol: Protocol;
  /** Of the extractor. */
  readonly name: string;
  readonly outputs: ReadonlySet<string>;
  /** Rows of features of each side: 0 of one that is statistics alone. */
  readonly real: number;
  readonly fake: number;
}

/** Of every metric why it cannot be computed here; undefined where it can. */
const obstacles: Readonly<Record<MetricName, (at: AtHand) => string | undefined>> = {
  fid: () => undefined,
  sfid: ({ protocol, outputs }) =>
    !outputs.has("spatial")
      ? "needs the features of inception"
      : protocol.spatial
        ? undefined
        : `is not part of ${protocol.name}; adm has it`,
  is: ({ protocol, outputs }) =>
    !outputs.has("logits")
      ? "needs the features of inception"
      : protocol.score
        ? undefined
        : `is not part of ${protocol.name}`,
  kid: ({ protocol, real, fake }) => {
    const { kernel } = protocol;
    if (!kernel) return `is not part of ${protocol.name}; clean-fid, torch-fidelity, dgm-eval and torchmetrics have it`;
    const fewest = Math.min(real, fake);
    return kernel.fewer === "refused" && fewest < kernel.size
      ? `needs ${kernel.size} pictures a side in ${protocol.name}, got ${fewest}`
      : rows({ real, fake }, 2);
  },
  prdc: ({ protocol, real, fake }) =>
    protocol.neighbours
      ? rows({ real, fake }, protocol.neighbours.neighbours + 1)
      : `is not part of ${protocol.name}; adm, torch-fidelity and dgm-eval have it`,
  "fid-infinity": ({ fake }) => (fake < 30 ? `needs 30 pictures of the second side, got ${fake}` : undefined),
  cmmd: (at) => ofClip(at),
  "cmmd-original": (at) => ofClip(at),
  authpct: (at) => rows(at, 2),
  ssim: () => "compares pictures in pairs, which two sets are not",
};

const ofClip = ({ name, real, fake }: AtHand): string | undefined =>
  name.startsWith("clip") ? rows({ real, fake }, 2) : "needs the features of clip: L/14 at 336 pixels";

const rows = ({ real, fake }: Pick<AtHand, "real" | "fake">, least: number): string | undefined =>
  Math.min(real, fake) < least
    ? `needs the pictures of both sides, at least ${least}, got ${real} and ${fake}`
    : undefined;

export const metricNames: readonly MetricName[] = Object.keys(obstacles) as MetricName[];

/**
 * The metrics of an extractor's features: those asked for, or all that can be computed.
 * @throws {GMemError} code `CONFIG` for one that was asked for and cannot be, with what it takes.
 */
export function applicableMetrics(
  asked: readonly MetricName[] | undefined,
  at: AtHand,
  onMissing: "refuse" | "leave-out" = "refuse",
): { readonly metrics: readonly MetricName[]; readonly leftOut: readonly LeftOutMetric[] } {
  const metrics: MetricName[] = [];
  const leftOut: LeftOutMetric[] = [];
  for (const metric of asked ?? metricNames) {
    const reason = obstacles[metric](at);
    if (reason === undefined) metrics.push(metric);
    else if (asked && onMissing === "refuse")
      throw new GMemError("CONFIG", `folders: ${metric} ${reason}; the features are ${at.name}`);
    else leftOut.push({ metric, reason });
  }
  return { metrics, leftOut };
}
