import { type DType, GMemError, type Named, type NDArray } from "@gmem/tensor";
import type { CompletePreprocessing } from "./preprocessing.ts";

/** An input or output of a network. */
export interface ModelValue {
  readonly name: string;
  readonly dtype: DType;
  /** Lengths; a name where the length is free. */
  readonly shape: readonly (number | string)[];
}

/** A network out of a file: what `openOnnx` of `@gmem/engine-onnx` gives. */
export interface ImageModel {
  /** Of the file's content. */
  readonly hash: string;
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  run(feeds: Named<NDArray>): Promise<Named<NDArray>>;
}

/** The side that a record gives every image, where it gives one. */
const sideOf = ({ resize, crop }: CompletePreprocessing): number | undefined =>
  crop ?? (resize?.fit === "squash" ? resize.size : undefined);

const show = ({ name, shape, dtype }: ModelValue): string => `${name} ${dtype} [${shape.join(",")}]`;
const list = (values: readonly ModelValue[]): string => values.map(show).join("; ") || "none";

/**
 * The input for images.
 * @throws {GMemError} code `CONFIG` unless the model has one input, whose shape fits what the record makes of images.
 */
export function imageInput(where: string, { inputs }: ImageModel, record: CompletePreprocessing): ModelValue {
  const [input, ...others] = inputs;
  if (!input || others.length > 0)
    throw new GMemError("CONFIG", `${where}: the model must have one input, for images, got ${list(inputs)}`);
  const side = sideOf(record) ?? "any";
  const wanted = record.layout === "NCHW" ? ["any", 3, side, side] : ["any", side, side, 3];
  const fits =
    (input.dtype === "f32" || input.dtype === "f16") &&
    input.shape.length === 4 &&
    wanted.every((length, i) => {
      const found = input.shape[i];
      return typeof length === "string" || typeof found !== "number" || found === length;
    });
  if (!fits)
    throw new GMemError(
      "CONFIG",
      `${where}: the model's input must take f32 [${wanted.join(",")}] (${record.layout}), got ${show(input)}; ` +
        "change the pre-processing, or export the model for images",
    );
  return input;
}

/** The output to be used. @throws {GMemError} code `CONFIG` if there is none of that name, or several and no name. */
export function featureOutput(where: string, { outputs }: ImageModel, name: string | undefined): ModelValue {
  const found = name === undefined ? outputs : outputs.filter((output) => output.name === name);
  const [output, ...others] = found;
  if (!output || others.length > 0)
    throw new GMemError(
      "CONFIG",
      `${where}: output must name one of the model's outputs (${list(outputs)}), got ${name ?? "none"}`,
    );
  if (output.dtype !== "f32" && output.dtype !== "f16")
    throw new GMemError("CONFIG", `${where}: the output must hold f32 or f16, got ${show(output)}`);
  return output;
}
