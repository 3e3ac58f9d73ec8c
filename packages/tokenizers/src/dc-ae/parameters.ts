import type { Aval, Named } from "@gmem/tensor";
import { convParameters } from "../network/conv.ts";
import { blockParameters } from "./blocks.ts";
import { type DcAeConfig, decoderIn, decoderOut, encodedChannels, encoderOut, outerWidth } from "./config.ts";
import { stageNormParameters } from "./norm.ts";
import { doubleParameters, halveParameters, inResidual } from "./resample.ts";

/** Every parameter and running statistic of a DC-AE under its original name. */
export const dcAeParameters = (config: DcAeConfig): Named<Aval> => ({
  ...encoderParameters(config),
  ...decoderParameters(config),
});

function encoderParameters(config: DcAeConfig): Named<Aval> {
  const { encoder, imageChannels = 3 } = config;
  const { stages, downsample: kind, downsampleShortcut } = encoder;
  const first = outerWidth(stages);
  const avals: Record<string, Aval> = {
    ...(stages[0]?.depth
      ? convParameters("encoder.project_in.conv", [first, imageChannels, 3])
      : halveParameters("encoder.project_in", imageChannels, { out: first, kind })),
    ...convParameters(encoderOut(encoder), [encodedChannels(config), stages.at(-1)?.width ?? 0, 3]),
  };
  for (const [i, stage] of stages.entries()) {
    const at = `encoder.stages.${i}.op_list`;
    const next = stages[i + 1];
    for (let j = 0; j < stage.depth; j++) Object.assign(avals, blockParameters(`${at}.${j}`, stage));
    if (next && stage.depth > 0)
      Object.assign(
        avals,
        halveParameters(inResidual(`${at}.${stage.depth}`, downsampleShortcut), stage.width, { out: next.width, kind }),
      );
  }
  return avals;
}

function decoderParameters({ decoder, latentChannels, imageChannels = 3 }: DcAeConfig): Named<Aval> {
  const { stages, upsample: kind, upsampleShortcut, outNorm = "rms" } = decoder;
  const last = outerWidth(stages);
  const out = decoderOut(decoder);
  const avals: Record<string, Aval> = {
    ...convParameters(decoderIn(decoder), [stages.at(-1)?.width ?? 0, latentChannels, 3]),
    ...stageNormParameters(out.norm, last, outNorm),
    ...(stages[0]?.depth
      ? convParameters(`${out.conv}.conv`, [imageChannels, last, 3])
      : doubleParameters(out.conv, last, { out: imageChannels, kind })),
  };
  for (const [i, stage] of stages.entries()) {
    const at = `decoder.stages.${i}.op_list`;
    const previous = stages[i + 1];
    const up = { out: stage.width, kind };
    if (previous && stage.depth > 0)
      Object.assign(avals, doubleParameters(inResidual(`${at}.0`, upsampleShortcut), previous.width, up));
    for (let j = 0; j < stage.depth; j++) Object.assign(avals, blockParameters(`${at}.${previous ? j + 1 : j}`, stage));
  }
  return avals;
}
