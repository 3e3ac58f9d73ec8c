import { basename } from "node:path";
import { onnxEncoder, type Preprocessing } from "@gmem/encoders/onnx";
import { openOnnx } from "@gmem/engine-onnx";
import type { Engine } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { OpenEncoder } from "./make-encoder.ts";

/** An encoder out of an ONNX file with the pre-processing that the settings declare. */
export async function openOnnxEncoder(
  path: string,
  settings: Extract<RunConfig["encoder"], { kind: "onnx" }>,
  engine: Engine,
): Promise<OpenEncoder> {
  const { dim, output, pool, preprocessing } = settings;
  const model = await openOnnx(path);
  try {
    const encoder = onnxEncoder({
      ...{ model, engine, dim, pool, name: basename(path, ".onnx"), preprocessing: preprocessing as Preprocessing },
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
}
