import type { Named, Shape } from "@gmem/tensor";
import { convShapes, normShapes } from "../network/conv.ts";
import { blockShapes } from "./blocks.ts";
import { type DcAeConfig, outerWidth } from "./config.ts";
import { doubleShapes, halveShapes } from "./resample.ts";

/** Every parameter and running statistic of a DC-AE under its original name. */
export const dcAeShapes = (config: DcAeConfig): Named<Shape> => ({
  ...encoderShapes(config),
  ...decoderShapes(config),
});

function encoderShapes({ encoder: { stages, downsample: kind }, latentChannels }: DcAeConfig): Named<Shape> {
  const first = outerWidth(stages);
  const shapes: Record<string, Shape> = {
    ...(stages[0]?.depth
      ? convShapes("encoder.project_in.conv", [first, 3, 3])
      : halveShapes("encoder.project_in", 3, { out: first, kind })),
    ...convShapes("encoder.project_out.main.op_list.0.conv", [latentChannels, stages.at(-1)?.width ?? 0, 3]),
  };
  for (const [i, stage] of stages.entries()) {
    const at = `encoder.stages.${i}.op_list`;
    const next = stages[i + 1];
    for (let j = 0; j < stage.depth; j++) Object.assign(shapes, blockShapes(`${at}.${j}`, stage));
    if (next && stage.depth > 0)
      Object.assign(shapes, halveShapes(`${at}.${stage.depth}.main`, stage.width, { out: next.width, kind }));
  }
  return shapes;
}

function decoderShapes({ decoder: { stages, upsample: kind }, latentChannels }: DcAeConfig): Named<Shape> {
  const last = outerWidth(stages);
  const out = "decoder.project_out.op_list";
  const shapes: Record<string, Shape> = {
    ...convShapes("decoder.project_in.main.conv", [stages.at(-1)?.width ?? 0, latentChannels, 3]),
    ...normShapes(`${out}.0`, last),
    ...(stages[0]?.depth
      ? convShapes(`${out}.2.conv`, [3, last, 3])
      : doubleShapes(`${out}.2`, last, { out: 3, kind })),
  };
  for (const [i, stage] of stages.entries()) {
    const at = `decoder.stages.${i}.op_list`;
    const previous = stages[i + 1];
    if (previous && stage.depth > 0)
      Object.assign(shapes, doubleShapes(`${at}.0.main`, previous.width, { out: stage.width, kind }));
    for (let j = 0; j < stage.depth; j++) Object.assign(shapes, blockShapes(`${at}.${previous ? j + 1 : j}`, stage));
  }
  return shapes;
}
