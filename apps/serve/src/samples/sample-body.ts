import { z } from "zod";

export interface SampleLimits {
  readonly maxCount: number;
  readonly maxSteps: number;
}

const solvers = ["euler", "heun", "dpm-solver++", "euler-maruyama", "heun-sde", "dopri5", "ancestral", "ddim"] as const;
export const formats = ["png", "webp", "jpeg"] as const;
export type PictureFormat = (typeof formats)[number];

const rowOrName = z.union([z.int().min(0), z.string().min(1).max(2000)]);
const share = z.number().min(0).max(1);

/** The settings that every way of asking for pictures takes. */
export const drawFields = ({ maxCount, maxSteps }: SampleLimits) => ({
  count: z
    .int()
    .min(1)
    .max(maxCount)
    .optional()
    .describe("Pictures; default 1, one for each of `rows`, or 8 of a strip."),
  seed: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("The same seed draws the same pictures, whatever else is drawn."),
  first: z.int().min(0).max(1_000_000).default(0).describe("Number of the first picture of the seed."),
  steps: z.int().min(1).max(maxSteps).optional().describe("Solver steps; default: the run's."),
  solver: z.enum(solvers).optional().describe("Default: the run's."),
  guidance: z.number().min(0).max(100).optional().describe("Guidance scale; 1 is none; default: the run's."),
  guidanceInterval: z.tuple([share, share]).optional().describe("Times that are guided, 0 being data."),
  strength: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("How much of `image` is drawn anew, 1 being all; without it the image is a snippet only."),
  image: z.string().min(1).optional().describe("A picture in base64: drawn in its style, or begun from."),
  mask: z.string().min(1).optional().describe("A picture in base64: white is drawn anew, black stays; needs strength."),
  format: z.enum(formats).default("png"),
});

/** What `POST /v1/samples` takes: one of the ways to say what is drawn, and settings. */
export const sampleBody = (limits: SampleLimits) =>
  z
    .strictObject({
      run: z.string().max(200).optional().describe("Default: the only one."),
      rows: z.array(z.int().min(0)).min(1).max(limits.maxCount).optional().describe("Rows of the bank, in turn."),
      label: z
        .union([z.int().min(0), z.string().min(1).max(200)])
        .optional()
        .describe("A class, by number or name."),
      text: z
        .union([z.string().min(1).max(4000), z.array(z.string().min(1).max(4000)).min(1).max(limits.maxCount)])
        .optional()
        .describe("Of runs that are conditioned on text; several are taken in turn."),
      expression: z.string().min(1).max(2000).optional().describe("A sum of snippets: dog + 0.5*hat - #12."),
      interpolate: z
        .strictObject({
          from: rowOrName.describe("A row, or an expression."),
          to: rowOrName,
          at: z
            .union([share, z.array(share).min(1).max(limits.maxCount)])
            .optional()
            .describe("Share of `to`; default: a strip from 0 to 1, all of one noise."),
          method: z.enum(["linear", "spherical", "concat", "mask"]).default("spherical"),
        })
        .optional(),
      noise: z.literal(true).optional().describe("The noise chooses rows: the default."),
      ...drawFields(limits),
      keep: z.boolean().default(false).describe("Goes on when nobody listens any more."),
      partial: z.boolean().default(false).describe("Events of steps hold a picture."),
    })
    .describe("What is drawn, by one of rows, label, text, expression, interpolate, noise and image.");

export type SampleBody = z.output<ReturnType<typeof sampleBody>>;
