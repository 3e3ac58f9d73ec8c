import type { Named, Tensor } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import { block } from "./blocks.ts";
import { type DcAeConfig, type DcAeStage, decoderIn, decoderOut } from "./config.ts";
import { activation, norm } from "./norm.ts";
import { double, doubleStage, repeatChannels } from "./resample.ts";

/** Latents z [N,C,h,w], not scaled → images [N,3,f·h,f·w], not limited to [−1,1]. Stages run from the last. */
export function dcAeDecoder(config: DcAeConfig, p: Named<Tensor>, z: Tensor): Tensor {
  const { stages, upsample, inShortcut = true, outNorm = "rms", outActivation = "relu" } = config.decoder;
  const wide = conv(p, decoderIn(config.decoder), z); // [N,w_top,h,w]
  let h = inShortcut ? wide.add(repeatChannels(z, wide.shape[1] as number)) : wide;
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i] as DcAeStage;
    const at = `decoder.stages.${i}.op_list`;
    const first = i < stages.length - 1 ? 1 : 0; // the upsampling block comes before the others
    if (first && stage.depth > 0) h = doubleStage(p, `${at}.0`, h, config.decoder); // [N,w_i,H_i,W_i]
    for (let j = 0; j < stage.depth; j++) h = block(p, `${at}.${first + j}`, h, stage);
  }
  const out = decoderOut(config.decoder);
  h = activation(norm(p, out.norm, h, outNorm), outActivation);
  return stages[0]?.depth ? conv(p, `${out.conv}.conv`, h) : double(p, out.conv, h, upsample); // [N,3,H,W]
}
