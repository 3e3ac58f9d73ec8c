import { GMemError } from "@gmem/tensor";

/** How pixels are resampled. The ways give slightly different features. */
export type ResizeFilter =
  /** PyTorch's `interpolate`, `align_corners=False`, without antialiasing. */
  | "bilinear"
  | "bicubic"
  /** The same with `antialias=True`. */
  | "bilinear-antialias"
  | "bicubic-antialias"
  /** Pillow's, rounded to 8 bits after each pass: torchvision and Hugging Face on images of files. */
  | "bilinear-pillow"
  | "bicubic-pillow";

/** One number for each channel, in the order of `channels`. */
export type ThreeNumbers = readonly [number, number, number];

/** What is done to images in [0, 1] before a network sees them, in this order: plain data, so that it can stand in a file. */
export interface Preprocessing {
  /** `squash` makes size × size of the whole image, `short-side` keeps its proportions. Default: no resizing. */
  readonly resize?: {
    readonly size: number;
    readonly filter: ResizeFilter;
    readonly fit: "squash" | "short-side";
  };
  /** Rows and columns of the centre that is kept. Default: everything. */
  readonly crop?: number;
  /** Default "RGB". */
  readonly channels?: "RGB" | "BGR";
  /** What black and white become before `mean` and `std`. Default [0, 1]. */
  readonly range?: readonly [0, 1] | readonly [0, 255];
  /** (x − mean)/std, in units of `range`. Default 0 and 1. */
  readonly mean?: ThreeNumbers;
  readonly std?: ThreeNumbers;
  /** Default "NCHW". */
  readonly layout?: "NCHW" | "NHWC";
}

/** A {@link Preprocessing} with every choice made. */
export type CompletePreprocessing = Required<Omit<Preprocessing, "resize" | "crop">> &
  Pick<Preprocessing, "resize" | "crop">;

const filters: { readonly [F in ResizeFilter]: true } = {
  bilinear: true,
  bicubic: true,
  "bilinear-antialias": true,
  "bicubic-antialias": true,
  "bilinear-pillow": true,
  "bicubic-pillow": true,
};

/**
 * Checks a record, which may come out of a file, and fills in the defaults.
 * @throws {GMemError} code `CONFIG` that names the field.
 * @example
 * const record = checkPreprocessing({ resize: { size: 224, filter: "bicubic", fit: "squash" } });
 * record.layout; // "NCHW"
 */
export function checkPreprocessing(record: Preprocessing): CompletePreprocessing {
  const fields = knownFields("preprocessing", record, [
    ...["resize", "crop", "channels", "range", "mean", "std", "layout"],
  ]);
  const {
    channels = "RGB",
    range = [0, 1],
    mean = [0, 0, 0],
    std = [1, 1, 1],
    layout = "NCHW",
    crop,
    resize: given,
  } = fields;
  const resize = given === undefined ? undefined : checkResize(given);
  oneOf("channels", channels, ["RGB", "BGR"]);
  oneOf("layout", layout, ["NCHW", "NHWC"]);
  rule(
    areNumbers(range, 2) && range[0] === 0 && (range[1] === 1 || range[1] === 255),
    "range must be [0, 1] or [0, 255]",
    range,
  );
  rule(areNumbers(mean, 3), "mean must be three finite numbers", mean);
  rule(areNumbers(std, 3) && std.every((value) => value > 0), "std must be three positive numbers", std);
  if (crop !== undefined) {
    size("crop", crop);
    rule(!resize || resize.size >= crop, `crop must be at most resize.size ${resize?.size}`, crop);
  }
  return {
    ...(resize && { resize }),
    ...(crop !== undefined && { crop }),
    ...({ channels, range, mean, std, layout } as Omit<CompletePreprocessing, "resize" | "crop">),
  };
}

function checkResize(value: unknown): NonNullable<Preprocessing["resize"]> {
  const { size: to, filter, fit } = knownFields("resize", value, ["size", "filter", "fit"]);
  size("resize.size", to);
  oneOf("resize.filter", filter, Object.keys(filters));
  oneOf("resize.fit", fit, ["squash", "short-side"]);
  return { size: to, filter, fit } as NonNullable<Preprocessing["resize"]>;
}

function rule(isMet: boolean, text: string, got: unknown): asserts isMet {
  if (!isMet) throw new GMemError("CONFIG", `preprocessing: ${text}, got ${show(got)}`);
}

/** A value for a message, whatever it is. */
function show(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => (Array.isArray(item) ? "an array" : show(item))).join(", ")}]`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function knownFields(where: string, value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  rule(typeof value === "object" && value !== null && !Array.isArray(value), `${where} must be a record`, value);
  const unknown = Object.keys(value as object).filter((name) => !names.includes(name));
  rule(unknown.length === 0, `${where} has the fields ${names.join(", ")}`, unknown);
  return value as Readonly<Record<string, unknown>>;
}

function size(name: string, value: unknown): asserts value is number {
  rule(Number.isInteger(value) && (value as number) > 0, `${name} must be a positive whole number`, value);
}

const oneOf = (name: string, value: unknown, values: readonly string[]): void =>
  rule(typeof value === "string" && values.includes(value), `${name} must be one of ${values.join(", ")}`, value);

const areNumbers = (value: unknown, count: number): value is readonly number[] =>
  Array.isArray(value) && value.length === count && value.every(Number.isFinite);
