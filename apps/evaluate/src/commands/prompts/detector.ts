import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type RgbImage, resize, toArray } from "@gmem/datasets/folder";
import { type OnnxModel, type OnnxValue, openOnnx } from "@gmem/engine-onnx";
import type { Detection } from "@gmem/metrics";
import { checkFinite, GMemError, type NDArray } from "@gmem/tensor";

/** A network that finds things in pictures. */
export interface Detector {
  readonly name: string;
  /** What it can tell apart. */
  readonly classes: readonly string[];
  /** What it sees in an image, boxes in the image's pixels. */
  detect(image: RgbImage): Promise<readonly Detection[]>;
  close(): Promise<void>;
}

/**
 * A detector as an ONNX file: one input of images in [0, 1], [1,3,H,W] or [3,H,W] in f32, and outputs `boxes` (left, top, right,
 * bottom in pixels of the input), `scores` and `labels`, as torchvision exports its detectors. Images are resized to an input
 * of fixed size; of a box what lies in the image counts, and one that lies outside of it is left out.
 * @param names file with the name of each label, one a line from 0 on.
 * @throws {GMemError} code `CONFIG` for a file of other inputs and outputs, or without names.
 */
export async function openDetector(path: string, names: string): Promise<Detector> {
  const model = await openOnnx(path);
  try {
    const classes = await namesIn(names);
    const [input, ...others] = model.inputs;
    const wanted = ["boxes", "scores", "labels"].filter((name) => !model.outputs.some((one) => one.name === name));
    if (
      !input ||
      others.length > 0 ||
      wanted.length > 0 ||
      input.dtype !== "f32" ||
      ![3, 4].includes(input.shape.length)
    )
      throw new GMemError(
        "CONFIG",
        `${path}: a detector has one input f32 [1,3,H,W] or [3,H,W] and outputs boxes, scores and labels, got ${show(model.inputs)} → ${show(model.outputs)}`,
      );
    if (classes.length === 0)
      throw new GMemError("CONFIG", `${names}: must name the labels, one a line, got an empty file`);
    return {
      name: basename(path, ".onnx"),
      classes,
      detect: (image) => detect(model, { image, input, classes, path }),
      close: () => model.close(),
    };
  } catch (error) {
    await model.close();
    throw error;
  }
}

async function namesIn(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new GMemError(
      "DATA",
      `--classes: a file that can be read must name the detector's labels, one a line from 0 on, got ${path} (${cause.message})`,
      { cause },
    );
  });
  const classes = text.split("\n").map((line) => line.trim());
  if (classes.at(-1) === "") classes.pop();
  return classes;
}

const show = (values: readonly OnnxValue[]): string =>
  values.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(",")}]`).join("; ") || "none";

interface Asked {
  readonly image: RgbImage;
  readonly input: OnnxValue;
  readonly classes: readonly string[];
  readonly path: string;
}

async function detect(model: OnnxModel, { image, input, classes, path }: Asked): Promise<readonly Detection[]> {
  const [rows, columns] = input.shape.slice(-2).map((length, i) => side(length, i === 0 ? image.height : image.width));
  const [height, width] = [rows as number, columns as number];
  const pixels = toArray(resize(image, { width, height, filter: "bilinear" })); // [3,H,W]
  const x: NDArray = input.shape.length === 4 ? { ...pixels, shape: [1, ...pixels.shape] } : pixels;
  const found = await model.run({ [input.name]: x });
  const { boxes, scores, labels } = found as Record<"boxes" | "scores" | "labels", NDArray>;
  checkFinite({ boxes, scores }, { where: path, remedy: "check the detector's file" });
  const count = scores.data.length;
  if (boxes.data.length !== 4 * count || labels.data.length !== count)
    throw new GMemError(
      "DATA",
      `${path}: boxes, scores and labels must be of the same things, got [${boxes.shape}], [${scores.shape}] and [${labels.shape}]`,
    );
  return Array.from({ length: count }, (_, i): Detection => {
    const at = (k: number): number => {
      const [within, of] = k % 2 === 0 ? [image.width, width] : [image.height, height];
      return Math.min(within, Math.max(0, (Number(boxes.data[4 * i + k]) * within) / of));
    };
    return {
      class: named(classes, Number(labels.data[i]), path),
      score: Number(scores.data[i]),
      box: [at(0), at(1), at(2), at(3)],
    };
  }).filter(({ box: [left, top, right, bottom] }) => left < right && top < bottom);
}

/** A free length is the image's. */
const side = (length: number | string, free: number): number => (typeof length === "number" ? length : free);

function named(classes: readonly string[], label: number, path: string): string {
  const name = classes[label];
  if (name !== undefined) return name;
  throw new GMemError(
    "DATA",
    `${path}: a label must be one of the ${classes.length} that have a name, got ${label}; give all names with --classes`,
  );
}
