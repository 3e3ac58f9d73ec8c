import type { Named, Tensor } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import { block } from "./blocks.ts";
import { type DcAeConfig, encodedChannels, encoderOut } from "./config.ts";
import { activation } from "./norm.ts";
import { averageChannels, halve, halveStage } from "./resample.ts";

/** Images x [N,3,H,W] → latents [N,C,H/f,W/f], not scaled. */
export function dcAeEncoder(config: DcAeConfig, p: Named<Tensor>, x: Tensor): Tensor {
  const { stages, downsample, outActivation = "none", outShortcut = true } = config.encoder;
  let h = stages[0]?.depth
    ? conv(p, "encoder.project_in.conv", x) // [N,w_0,H,W]
    : halve(p, "encoder.project_in", x, downsample); // [N,w_1,H/2,W/2]
  for (const [i, stage] of stages.entries()) {
    const at = `encoder.stages.${i}.op_list`;
    for (let j = 0; j < stage.depth; j++) h = block(p, `${at}.${j}`, h, stage); // [N,w_i,H_i,W_i]
    if (i < stages.length - 1 && stage.depth > 0) h = halveStage(p, `${at}.${stage.depth}`, h, config.encoder);
  }
  const z = conv(p, encoderOut(config.encoder), activation(h, outActivation)); // [N,C,H/f,W/f]
  return outShortcut ? z.add(averageChannels(h, encodedChannels(config))) : z;
}
