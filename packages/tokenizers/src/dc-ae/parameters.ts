import type { Aval, Named } from "@gmem/tensor";
import { convParameters, normParameters } from "../network/conv.ts";
import { blockParameters } from "./blocks.ts";
import { type DcAeConfig, outerWidth } from "./config.ts";
import { doubleParameters, halveParameters } from "./resample.ts";

/** Every parameter and running statistic of a DC-AE under its original name. */
export const dcAeParameters = (config: DcAeConfig): Named<Aval> => ({
  ...encoderParameters(config),
  ...decoderParameters(config),
});

function encoderParameters({ encoder: { stages, downsample: kind }, latentChannels }: DcAeConfig): Named<Aval> {
  const first = outerWidth(stages);
  const avals: Record<string, Aval> = {
    ...(stages[0]?.depth
      ? convParameters("encoder.project_in.conv", [first, 3, 3])
      : halveParameters("encoder.project_in", 3, { out: first, kind })),
    ...convParameters("encoder.project_out.main.op_list.0.conv", [latentChannels, stages.at(-1)?.width ?? 0, 3]),
  };
  for (const [i, stage] of stages.entries()) {
    const at = `encoder.stages.${i}.op_list`;
    const next = stages[i + 1];
    for (let j = 0; j < stage.depth; j++) Object.assign(avals, blockParameters(`${at}.${j}`, stage));
    if (next && stage.depth > 0)
      Object.assign(avals, halveParameters(`${at}.${stage.depth}.main`, stage.width, { out: next.width, kind }));
  }
  return avals;
}

function decoderParameters({ decoder: { stages, upsample: kind }, latentChannels }: DcAeConfig): Named<Aval> {
  const last = outerWidth(stages);
  const out = "decoder.project_out.op_list";
  const avals: Record<string, Aval> = {
    ...convParameters("decoder.project_in.main.conv", [stages.at(-1)?.width ?? 0, latentChannels, 3]),
    ...normParameters(`${out}.0`, last),
    ...(stages[0]?.depth
      ? convParameters(`${out}.2.conv`, [3, last, 3])
      : doubleParameters(`${out}.2`, last, { out: 3, kind })),
  };
  for (const [i, stage] of stages.entries()) {
    const at = `decoder.stages.${i}.op_list`;
    const previous = stages[i + 1];
    if (previous && stage.depth > 0)
      Object.assign(avals, doubleParameters(`${at}.0.main`, previous.width, { out: stage.width, kind }));
    for (let j = 0; j < stage.depth; j++) Object.assign(avals, blockParameters(`${at}.${previous ? j + 1 : j}`, stage));
  }
  return avals;
}
