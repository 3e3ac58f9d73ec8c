import { type Named, relu, type Tensor } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import { block } from "./blocks.ts";
import type { DcAeConfig, DcAeStage } from "./config.ts";
import { norm } from "./norm.ts";
import { double, doubleWithShortcut, repeatChannels } from "./resample.ts";

/** Latents z [N,C,h,w], not scaled → images [N,3,f·h,f·w], not limited to [−1,1]. Stages run from the last. */
export function dcAeDecoder(config: DcAeConfig, p: Named<Tensor>, z: Tensor): Tensor {
  const { stages, upsample } = config.decoder;
  const wide = conv(p, "decoder.project_in.main.conv", z); // [N,w_top,h,w]
  let h = wide.add(repeatChannels(z, wide.shape[1] as number));
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i] as DcAeStage;
    const at = `decoder.stages.${i}.op_list`;
    const first = i < stages.length - 1 ? 1 : 0; // the upsampling block comes before the others
    if (first && stage.depth > 0) h = doubleWithShortcut(p, `${at}.0`, h, upsample); // [N,w_i,H_i,W_i]
    for (let j = 0; j < stage.depth; j++) h = block(p, `${at}.${first + j}`, h, stage);
  }
  const out = "decoder.project_out.op_list";
  h = relu(norm(p, `${out}.0`, h, "rms"));
  return stages[0]?.depth ? conv(p, `${out}.2.conv`, h) : double(p, `${out}.2`, h, upsample); // [N,3,H,W]
}
