import type { LightningDitConfig } from "@gmem/backbones/lightning-dit";
import { cfg, type Guidance, guidedVelocity } from "@gmem/samplers";
import type { LatentShape, VelocityModel } from "@gmem/spec";
import { concat, full, type Named, type NDArray, neg, slice, type Tensor, takeRows } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";

/** The official settings as ours. */
export function lightningDitConfig(file: ParityFile): LightningDitConfig {
  const flag = (name: string): boolean => Boolean(file.config[name]);
  const tapAfter = file.number("encoder_depth", 0);
  return {
    latent: (file.shapes["in/x"] ?? []).slice(1) as unknown as LatentShape,
    patchSize: file.number("patch_size"),
    depth: file.number("depth"),
    hiddenSize: file.number("hidden_size"),
    heads: file.number("num_heads"),
    rope: flag("use_rope"),
    rmsNorm: flag("use_rmsnorm"),
    swiglu: flag("use_swiglu"),
    qkNorm: flag("use_qknorm"),
    woShift: flag("wo_shift"),
    learnSigma: flag("learn_sigma"),
    ...(tapAfter > 0 ? { tapAfter } : {}),
  };
}

/** One call of `forward_with_cfg`: "t=.9 start=.5 end=.8" in the files' time, which is 1 at data. */
export interface CfgCall {
  readonly u: number;
  /** Channels that are guided. */
  readonly channels: number;
  /** None before the interval, where the code takes the conditional prediction; past its end it takes the null one. */
  readonly guidance: Guidance | undefined;
}

/** The guided calls of a file, by name; `channels` are guided, all by default. */
export function cfgCalls(file: ParityFile, channels: number = file.shapes["in/cfg_x"]?.[1] ?? 0): Named<CfgCall> {
  const sentences = JSON.parse(file.metadata.cfg_calls ?? "{}") as Readonly<Record<string, string>>;
  return Object.fromEntries(
    Object.entries(sentences).map(([name, sentence]) => {
      const read = (pattern: RegExp, otherwise: number): number => Number(pattern.exec(sentence)?.[1] ?? otherwise);
      const [u, start, end] = [
        read(/t=([\d.]+)/, 0.5),
        read(/start[ =]([\d.]+)/, 0),
        read(/end[ =]([\d.]+)/, 1),
      ] as const;
      const guidance = u < start ? undefined : cfg({ scale: u > end ? 0 : file.number("cfg_scale"), channels });
      return [name, { u, channels, guidance }];
    }),
  );
}

/**
 * `forward_with_cfg` of the LightningDiT code on x twice, [cond, null]: the guided channels are those of the first half in
 * both; the other channels are each half's own.
 */
export function forwardWithCfg(
  inputs: {
    readonly model: VelocityModel;
    readonly params: Named<NDArray>;
    readonly x: NDArray;
    readonly call: CfgCall;
  },
  conditions: {
    readonly feeds: Named<NDArray>;
    readonly embed: (p: Named<Tensor>, feeds: Named<Tensor>) => readonly [given: Tensor, missing: Tensor];
  },
): NDArray {
  const { model, params, x: both, call } = inputs;
  const { guidance, channels } = call;
  const n = (both.shape[0] ?? 0) / 2;
  const half = takeRows(
    both,
    Array.from({ length: n }, (_, i) => i),
  );
  const feeds: Record<string, NDArray> = { ...conditions.feeds, x: half, t: full([n], 1 - call.u) };
  return only(
    compute({ feeds, params }, (given, p) => {
      const { x, t, ...rest } = given as Record<string, Tensor> & { readonly x: Tensor; readonly t: Tensor };
      const [c, missing] = conditions.embed(p, rest); // 2 × [N,D]
      const fixed: VelocityModel = { ...model, nullCondition: () => missing };
      const first = guidedVelocity(fixed, p, { c, guidance })(x, t); // [N,C,H,W]
      const depth = x.shape[1] as number;
      const own = channels < depth ? [slice(model.velocity(p, x, t, missing).velocity, 1, [channels, depth])] : [];
      const second = concat([slice(first, 1, [0, channels]), ...own], 1); // [N,C,H,W]
      return { out: neg(concat([first, second], 0)) }; // the network's velocity is −v
    }),
  );
}
