import type { Backbone, TokenProjector } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { type RepaHead, repaHead } from "./repa-head.ts";

export interface ProjectorConfig {
  /** Width of the encoder's tokens: 768 for DINOv2-B. */
  readonly width: number;
  /** T; by default the tokens of the backbone, HW/p². */
  readonly tokens?: number;
  /** Width of the two hidden layers. Default 2048. */
  readonly hidden?: number;
  /** Name of the parameters; default "projector.0" (GMem) for one, "projectors.0", "projectors.1" … (REPA) for several. */
  readonly at?: string;
}

/** What training with REPA adds to a model: a head's parameters and how they are applied. */
export type Projector = TokenProjector & Pick<RepaHead, "init">;

/** {@link projectorOf} each of the encoders that a backbone is aligned with. */
export const projectorsOf = (backbone: Backbone, configs: readonly ProjectorConfig[]): readonly Projector[] =>
  configs.map((config, i) =>
    projectorOf(backbone, { at: configs.length === 1 ? "projector.0" : `projectors.${i}`, ...config }),
  );

/**
 * REPA's head on the tap of a backbone (docs/formulas.md, "REPA"), [N,T,D] → [N,T,width].
 * @throws {GMemError} code `CONFIG` for a backbone without a tap, or sizes that are no positive whole numbers.
 */
function projectorOf(backbone: Backbone, config: ProjectorConfig): Projector {
  const { width, hidden, at } = config;
  const { tapAfter } = backbone.config;
  if (typeof tapAfter !== "number")
    throw new GMemError(
      "CONFIG",
      `velocityModel: a projector needs a backbone with a tap, got none from "${backbone.name}"; set its tapAfter to the block whose tokens are aligned, 4 or 8 are usual`,
    );
  const tokens = config.tokens ?? gridTokens(backbone);
  for (const [name, size] of Object.entries({ width, tokens, ...(hidden === undefined ? {} : { hidden }) }))
    if (!(Number.isInteger(size) && size > 0))
      throw new GMemError(
        "CONFIG",
        `velocityModel: ${name} of a projector must be a positive whole number, got ${size}`,
      );
  const head = repaHead({
    from: backbone.hiddenSize,
    to: width,
    ...(hidden === undefined ? {} : { hidden }),
    ...(at === undefined ? {} : { at }),
  });
  return { tokens, width, init: head.init, apply: head.apply };
}

/** T = HW/p². */
function gridTokens({ name, latent, config }: Backbone): number {
  const { patchSize } = config;
  if (typeof patchSize === "number") return (latent[1] / patchSize) * (latent[2] / patchSize);
  throw new GMemError(
    "CONFIG",
    `velocityModel: the patchSize of a backbone gives its tokens, got none from "${name}"; set tokens of the projector`,
  );
}
