import { basename } from "node:path";
import { onnxEncoder, type Preprocessing } from "@gmem/encoders/onnx";
import { openOnnx } from "@gmem/engine-onnx";
import { z } from "zod";
import { count, file, network } from "../../config/scalars.ts";
import type { EncoderKind } from "../encoder-kind.ts";
import { encoderFile } from "./published.ts";

const schema = z.strictObject({
  kind: z.literal("onnx").describe("Any ONNX file from images to features; no tokens for REPA."),
  weights: file,
  dim: count.describe("Width of a feature, d."),
  preprocessing: network.describe("What happens to images before the network; see @gmem/encoders/onnx."),
  output: z.string().nullable().default(null).describe("Name of the output to read; null: the only one."),
  pool: z.enum(["none", "cls", "mean"]).default("none").describe("How an output of tokens becomes one vector."),
});

export const onnxKind: EncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const { dim, output, pool, preprocessing } = settings;
    const path = await encoderFile(settings, options);
    const model = await openOnnx(path);
    try {
      const encoder = onnxEncoder({
        model,
        engine,
        dim,
        pool,
        name: basename(path, ".onnx"),
        preprocessing: preprocessing as Preprocessing,
        ...(output === null ? {} : { output }),
      });
      const dispose = async (): Promise<void> => {
        await encoder.dispose();
        await model.close();
      };
      return { ...encoder, dispose };
    } catch (error) {
      await model.close();
      throw error;
    }
  },
  widths: ({ dim }) => ({ dim }),
};
