import { cast, type Engine, greater, type Named, type NDArray, referenceEngine, rowRunner } from "@gmem/tensor";
import { contentHash } from "@gmem/weights";
import { checkIds } from "../network/check-ids.ts";
import { headsOf } from "../network/heads.ts";
import { checkGemma, type GemmaConfig } from "./config.ts";
import { gemmaHidden, maskedMean } from "./gemma-features.ts";
import { gemmaWeights } from "./weights.ts";

/** An encoder of texts, given as token ids [N,T] padded with 0 behind their ends. */
export interface GemmaEncoder {
  readonly name: string;
  /** D. */
  readonly dim: number;
  /** Name and hash of the weights. */
  readonly id: string;
  /** Mean of the last hidden states of all tokens that are not padding, [N,D]. */
  encode(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  /** The last hidden states, [N,T,D]. */
  hidden(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  /** Tensors of the checkpoint that are a head's beside the encoder, and left out. */
  readonly ignored: readonly string[];
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

export interface GemmaOptions {
  /** A checkpoint's tensors, under original or Hugging Face names. */
  readonly weights: Named<NDArray>;
  /** Default {@link referenceEngine}, which suits tiny networks only. */
  readonly engine?: Engine;
  /** Texts that go through at a time; default 8. */
  readonly batchSize?: number;
}

/**
 * Gemma as an encoder of token ids.
 * @throws {GMemError} code `CONFIG` for impossible sizes, `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 * @example
 * const config = { ...gemma2B, depth: 1, hiddenSize: 8, heads: 2, headDim: 4, feedForward: 16, vocabulary: 9 };
 * const draw = key(0);
 * const weights = Object.fromEntries(
 *   Object.entries(gemmaParameters(config)).map(([name, { shape }]) => [name, draw.split(name).normal(shape)]),
 * );
 * const features = await gemma(config, { weights }).encode(array([2, 5, 7, 0], [1, 4], "i32")); // [1,8]
 */
export function gemma(config: GemmaConfig, options: GemmaOptions): GemmaEncoder {
  checkGemma(config);
  const { engine = referenceEngine(), batchSize = 8 } = options;
  const { name, hiddenSize: dim } = config;
  const weights = gemmaWeights(config, options.weights);
  const runner = rowRunner({ engine, batchSize, parameters: weights });
  return {
    name,
    dim,
    id: `${name}-${contentHash(weights)}`,
    async encode(ids) {
      checkIds("gemma.encode", ids);
      const { mean } = await runner.run(ids, {
        name: "mean",
        network: (p, x) => ({ mean: maskedMean(gemmaHidden(p, x, config), cast(greater(x, 0), "f32")) }),
      });
      return mean;
    },
    async hidden(ids) {
      checkIds("gemma.hidden", ids);
      const { hidden } = await runner.run(ids, {
        name: "hidden",
        network: (p, x) => ({ hidden: gemmaHidden(p, x, config) }),
      });
      return hidden;
    },
    ignored: headsOf(options.weights),
    dispose: () => runner.dispose(),
  };
}
