import { type Engine, GMemError } from "@gmem/tensor";
import type { Protocol } from "./protocol.ts";
import { protocols } from "./protocols.ts";
import type { MetricResult } from "./result.ts";
import type { MetricSides } from "./sides.ts";
import { imageWarnings } from "./warnings.ts";

/** What every metric of one call shares. */
export interface Context {
  readonly protocol: Protocol;
  readonly sides: MetricSides;
  readonly engine: Engine | undefined;
  readonly level: number;
  /** Of random orders: the protocol's, else the caller's. */
  readonly seed: number;
  /** Whose features they are. */
  readonly features: string;
  /** The options of whatever saw the images. */
  readonly seen: Readonly<Record<string, string>>;
  /** @throws {GMemError} code `CONFIG`: the protocol has no such metric. */
  undefinedIn(metric: string): never;
  result(found: Found): MetricResult;
}

type Found = Omit<MetricResult, "protocol" | "interval"> & {
  readonly interval: Omit<MetricResult["interval"], "level">;
};

export interface ContextOptions {
  readonly protocol: Protocol;
  readonly sides: MetricSides;
  readonly engine?: Engine | undefined;
  readonly level: number;
  readonly seed: number;
  readonly features: string;
}

/** Checks the images once, and puts their warnings on every number. */
export function openContext(options: ContextOptions): Context {
  const { protocol, sides, engine, level, seed, features } = options;
  if (!(level > 0 && level < 1)) throw new GMemError("CONFIG", `measure: level must be in (0, 1), got ${level}`);
  const warnings = imageWarnings(sides);
  return {
    protocol,
    sides,
    engine,
    level,
    seed: protocol.seed ?? seed,
    features,
    seen: features === "inception" ? { features, resize: protocol.resize } : { features },
    undefinedIn(metric) {
      const having = Object.values(protocols).filter((other) => defines(other, metric));
      throw new GMemError(
        "CONFIG",
        `measure: ${metric} is not part of the protocol "${protocol.name}"; use ${having.map(({ name }) => name).join(" or ")}`,
      );
    },
    result({ interval, ...found }) {
      return {
        ...found,
        protocol: protocol.name,
        interval: { ...interval, level },
        warnings: [...found.warnings, ...warnings],
      };
    },
  };
}

/** Whether a protocol says how a metric is computed. */
function defines(protocol: Protocol, metric: string): boolean {
  if (metric === "sFID") return protocol.spatial;
  if (metric === "IS") return protocol.score !== undefined;
  if (metric === "KID") return protocol.kernel !== undefined;
  if (metric === "SSIM") return protocol.similarity !== undefined;
  return protocol.neighbours !== undefined;
}
