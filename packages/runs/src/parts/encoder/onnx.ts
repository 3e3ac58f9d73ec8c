import { basename } from "node:path";
import { onnxEncoder, type Preprocessing } from "@gmem/encoders/onnx";
import { openOnnx } from "@gmem/engine-onnx";
import { z } from "zod";
import { count, file, network } from "../../config/scalars.ts";
import type { EncoderKind } from "../encoder-kind.ts";
import { encoderFile } from "./published.ts";

const schema = z.strictObject({
  kind: z.literal("onnx").describe("Any ONNX file from images to features."),
  weights: file,
  dim: count.describe("Width of a feature, d."),
  preprocessing: network.describe("What happens to images before the network; see @gmem/encoders/onnx."),
  output: z.string().nullable().default(null).describe("Name of the output to read; null: the only one."),
  tokens: z
    .string()
    .nullable()
    .default(null)
    .describe(
      "Name of the output with tokens of patches, for REPA; null: `output`, where `pool` says that it holds them.",
    ),
  pool: z.enum(["none", "cls", "mean"]).default("none").describe("How an output of tokens becomes one vector."),
});

export const onnxKind: EncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const { dim, output, pool, preprocessing, tokens } = settings;
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
        ...(tokens === null ? {} : { tokens }),
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
  widths: ({ dim, pool, tokens }) => (pool === "none" && tokens === null ? { dim } : { dim, tokens: dim }),
};
