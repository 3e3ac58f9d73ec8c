import type { MetricContext, MetricSides } from "@gmem/spec";
import { type Engine, GMemError } from "@gmem/tensor";
import { inceptionPrefix } from "../inception/fid-inception.ts";
import type { Protocol, ProtocolName } from "./protocol.ts";
import { protocols } from "./protocols.ts";

/** What the metrics of this package compute with. */
export interface Context {
  readonly protocol: Protocol;
  readonly sides: MetricSides;
  readonly engine: Engine | undefined;
  readonly level: number;
  /** Of random orders: the protocol's, else the caller's. */
  readonly seed: number;
  /** Name of the features. */
  readonly features: string;
  /** The options of whatever saw the images. */
  readonly seen: Readonly<Record<string, string>>;
}

/** @throws {GMemError} code `CONFIG` for features of Inception that saw the images by another protocol's resize. */
export function openContext(sides: MetricSides, context: MetricContext): Context {
  const { engine, level, seed, features } = context;
  const protocol = protocols[context.protocol as ProtocolName];
  const { resize } = protocol;
  const { name, id } = features;
  if (id.startsWith(inceptionPrefix()) && !id.startsWith(`${inceptionPrefix(resize)}-`))
    throw new GMemError(
      "CONFIG",
      `measure: the protocol "${protocol.name}" needs features by the resize ${resize}, got ${id}; use fidInception with { resize: "${resize}" }`,
    );
  return {
    protocol,
    sides,
    engine,
    level,
    seed: protocol.seed ?? seed,
    features: name,
    seen: name === "inception" ? { features: id, resize } : { features: id },
  };
}
