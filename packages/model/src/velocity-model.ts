import { param } from "@gmem/nn";
import type {
  Backbone,
  Conditioner,
  ContextBackbone,
  ContextTokens,
  Interpolant,
  Params,
  Prediction,
  VelocityModel,
} from "@gmem/spec";
import {
  type Aval,
  broadcast,
  checkOptions,
  constant,
  GMemError,
  mapNamed,
  type Named,
  type NDArray,
  type OptionTable,
  type Rng,
  type Tensor,
  zeros,
} from "@gmem/tensor";
import { adaptersOf, readsContext } from "./adapters-of.ts";
import { fromRow, withContext } from "./condition-row.ts";
import { linearInterpolant } from "./linear-interpolant.ts";
import { parameterAvals } from "./parameter-avals.ts";
import { type ProjectorConfig, projectorsOf } from "./projector.ts";
import type { AdapterConfig } from "./s-adapter.ts";
import { applyMask } from "./snippet-mask.ts";

export interface VelocityModelOptions {
  readonly backbone: Backbone;
  readonly conditioner: Conditioner;
  /** Default linear. */
  readonly interpolant?: Interpolant;
  /** What the backbone was, or will be, trained to predict; default velocity. */
  readonly prediction?: Prediction;
  /**
   * Default one linear layer with gain 1. Conditioners that give embeddings are added as they are, without it. "captions" is for
   * backbones that read context tokens.
   */
  readonly adapter?: AdapterConfig;
  /** The snippet of the null input: zeros (default) or a learned parameter `null_snippet`. */
  readonly nullSnippet?: "zero" | "learned";
  /**
   * REPA's heads on the backbone's tap, one for each encoder, for training with `objective({ repa })`; models that only sample
   * leave them out.
   */
  readonly projectors?: readonly ProjectorConfig[];
}

const table: OptionTable<VelocityModelOptions> = {
  backbone: "required",
  conditioner: "required",
  interpolant: "optional",
  prediction: "optional",
  adapter: "optional",
  nullSnippet: "optional",
  projectors: "optional",
};

/**
 * Everything right of the snippet in Figure 4: c = S-Adapter(mask(s)), v_θ(x, t, c) by the backbone, whose output is
 * turned into velocity. The conditioner can be swapped without a change here: backbone parameters keep name and value. Where
 * the backbone reads context tokens, c holds them behind its D entries, a row a sample.
 * @throws {GMemError} code `CONFIG` if widths do not fit, two parts share a parameter name, a projector meets a backbone
 * without a tap, context tokens are given that the backbone does not read, or none that it reads.
 * @example
 * // no-run
 * declare const { backbone, conditioner }: VelocityModelOptions;
 * const model = velocityModel({ backbone, conditioner, adapter: { kind: "linear", gain: 4 } });
 * const parameters = model.init(key(0));
 */
export function velocityModel(options: VelocityModelOptions): VelocityModel {
  checkOptions("velocityModel", options, table);
  const { backbone, conditioner, interpolant = linearInterpolant, prediction = "velocity" } = options;
  const { nullSnippet = "zero" } = options;
  const embeds = conditioner.output === "embedding";
  const widths = { from: conditioner.snippetDim, to: backbone.hiddenSize };
  if (embeds && widths.from !== widths.to)
    throw new GMemError(
      "CONFIG",
      `velocityModel: embeddings must be ${widths.to} wide, got ${widths.from} from "${conditioner.name}"`,
    );
  const { adapter, captions } = adaptersOf(backbone, { conditioner, config: options.adapter ?? { kind: "linear" } });
  const learned = nullSnippet === "learned" && !embeds;
  const projectors = projectorsOf(backbone, options.projectors ?? []);

  /** Initialisers of all but the backbone. */
  const others: Named<(rng: Rng) => Params<NDArray>> = {
    adapter: (rng) => ({ ...adapter.init(rng), ...(learned ? { null_snippet: zeros([widths.from]) } : {}) }),
    ...(captions && { captions: captions.init }),
    conditioner: (rng) => conditioner.init(rng),
    ...Object.fromEntries(projectors.map(({ init }, i) => [i === 0 ? "projector" : `projector ${i}`, init])),
  };
  /** c of a snippet [N,d], and of the tokens beside it. */
  const rowOf = (p: Params, s: Tensor, context?: ContextTokens, mask?: Named<Tensor>): Tensor => {
    const c = embeds ? s : applyMask(adapter.apply(p, s), "after", mask); // [N,D]
    const tokens = captions?.apply(p, s) ?? context;
    return tokens ? withContext(c, tokens) : c;
  };
  const condition: VelocityModel["condition"] = (p, feeds, mask) => {
    const s = conditioner.snippet(p, feeds); // [N,d]
    return rowOf(p, embeds ? s : applyMask(s, "before", mask), conditioner.context?.(p, feeds), mask);
  };
  let avals: Named<Aval> | undefined;
  return {
    backbone,
    conditioner,
    interpolant,
    prediction,
    frozen: backbone.frozen,
    init: (rng) =>
      merged({
        backbone: backbone.init(rng.split("backbone")),
        ...mapNamed(others, (init, part) => init(rng.split(part))),
      }),
    ...(projectors.length > 0 && {
      projectors: projectors.map(({ tokens, width, apply }) => ({ tokens, width, apply })),
    }),
    avals: () => {
      avals ??= merged<Aval>({
        backbone: backbone.avals?.() ?? parameterAvals((rng) => backbone.init(rng)),
        ...mapNamed(others, parameterAvals),
      });
      return avals;
    },
    condition,
    nullCondition(p, n) {
      if (conditioner.nullFeeds) return condition(p, mapNamed(conditioner.nullFeeds(n), constant));
      const shape = [n, widths.from]; // [n,d]
      return rowOf(p, learned ? broadcast(param(p, "null_snippet"), shape) : constant(zeros(shape)));
    },
    velocity(p, x, t, c) {
      const { output, ...rest } = readsContext(backbone)
        ? withTokens(backbone, { p, x, t, c })
        : backbone.apply(p, x, t, c); // [N,C,H,W]
      return { velocity: interpolant.convert(output, { from: prediction, to: "velocity", x, t }), output, ...rest };
    },
  };
}

/** A backbone that reads tokens, on rows that hold them. */
function withTokens(
  backbone: ContextBackbone,
  { p, x, t, c }: { readonly p: Params; readonly x: Tensor; readonly t: Tensor; readonly c: Tensor },
): ReturnType<Backbone["apply"]> {
  const { c: own, context } = fromRow(c, backbone); // [N,D]
  return backbone.apply(p, x, t, own, context); // [N,C,H,W]
}

/** One record of all parts; a name may occur once. */
function merged<T>(parts: Named<Named<T>>): Named<T> {
  const whole: Record<string, T> = {};
  for (const [part, parameters] of Object.entries(parts))
    for (const [name, value] of Object.entries(parameters)) {
      if (Object.hasOwn(whole, name))
        throw new GMemError(
          "CONFIG",
          `velocityModel: parameter names must differ between parts, got "${name}" again from the ${part}`,
        );
      whole[name] = value;
    }
  return whole;
}
