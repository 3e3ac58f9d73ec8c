import type { LightningDitConfig } from "@gmem/backbones/lightning-dit";
import { cfg, type Guidance, guidedVelocity } from "@gmem/samplers";
import type { VelocityModel } from "@gmem/spec";
import { concat, full, GMemError, type Named, type NDArray, neg, type Tensor, takeRows } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";
import { metadataNumber, withChannels } from "./network.ts";
import { sizes } from "./sizes.ts";

/** The official settings as ours. */
export function lightningDitConfig(file: ParityFile): LightningDitConfig {
  const flag = (name: string): boolean => file.flag(name, false);
  const tapAfter = file.number("encoder_depth", 0);
  return {
    ...sizes(file),
    rope: flag("use_rope"),
    rmsNorm: flag("use_rmsnorm"),
    swiglu: flag("use_swiglu"),
    qkNorm: flag("use_qknorm"),
    woShift: flag("wo_shift"),
    learnSigma: flag("learn_sigma"),
    ...(tapAfter > 0 ? { tapAfter } : {}),
  };
}

/** One call of `forward_with_cfg`: "t=.9 start=.5 end=.8" or { "t": 0.9, … } in the files' time, which is 1 at data. */
export interface CfgCall {
  readonly u: number;
  /** Channels that are guided. */
  readonly channels: number;
  /** None before the interval, where the code takes the conditional prediction; past its end it takes the null one. */
  readonly guidance: Guidance | undefined;
}

/** The guided calls of a file, by name; the first `guided` channels are, all by default. */
export function cfgCalls(file: ParityFile, guided = Number.POSITIVE_INFINITY): Named<CfgCall> {
  const channels = Math.min(guided, file.shapes["in/cfg_x"]?.[1] ?? 0);
  const sentences = JSON.parse(file.metadata.cfg_calls ?? "{}") as Readonly<Record<string, string | object>>;
  return Object.fromEntries(
    Object.entries(sentences).map(([name, call]) => {
      const sentence = typeof call === "string" ? call : JSON.stringify(call);
      const read = (word: string): number | undefined =>
        metadataNumber(sentence, new RegExp(`\\b\\w*?${word}"?[ =:]+`));
      const u = metadataNumber(sentence, /\bt"?[ =:]+/);
      if (u === undefined)
        throw new GMemError("DATA", `${file.name}: cfg_calls must give the "t" of ${name}, got ${sentence}`);
      const [start, end] = [read("start") ?? 0, read("end") ?? 1];
      const scale = read("scale") ?? file.number("cfg_scale");
      const guidance = u < start ? undefined : cfg({ scale: u > end ? 0 : scale, channels });
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
      const second = withChannels(model.velocity(p, x, t, missing).velocity, first, channels); // [N,C,H,W]
      return { out: neg(concat([first, second], 0)) }; // the network's velocity is −v
    }),
  );
}
