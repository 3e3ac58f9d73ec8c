import { z } from "zod";
import { drawFields, formats, type SampleLimits } from "../samples/sample-body.ts";

/** What OpenAI's clients send, and what we take beside it. Fields without a meaning here are taken where they change nothing. */
const common = (limits: SampleLimits) => {
  const own = drawFields(limits);
  return {
    prompt: z
      .string()
      .min(1)
      .max(4000)
      .describe("A class, the name of a row, an expression, or text where the run takes it."),
    model: z.string().max(200).optional().describe("A run; names of OpenAI's models are the only run."),
    n: z.coerce.number().int().min(1).max(Math.min(limits.maxCount, 64)).default(1),
    size: z.string().max(20).default("auto").describe("auto, or the run's own size."),
    response_format: z.enum(["b64_json", "url"]).optional(),
    output_format: z.enum(formats).default("png"),
    quality: z.string().max(20).optional(),
    background: z.enum(["auto", "opaque"]).optional(),
    moderation: z.string().max(20).optional(),
    user: z.string().max(200).optional(),
    stream: z.union([z.boolean(), z.stringbool()]).default(false),
    partial_images: z.coerce.number().int().min(0).max(16).default(0),
    seed: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    steps: z.coerce.number().int().min(1).max(limits.maxSteps).optional(),
    guidance: z.coerce.number().min(0).max(100).optional(),
    solver: own.solver,
    snippet: z.string().min(1).max(2000).optional().describe("An expression; the prompt is then a note."),
  };
};

/** `POST /v1/images/generations`. */
export const generationBody = (limits: SampleLimits) => z.strictObject(common(limits));
/** `POST /v1/images/edits`, beside its files. */
export const editBody = (limits: SampleLimits) =>
  z.strictObject({
    ...common(limits),
    strength: z.coerce.number().min(0).max(1).optional(),
    input_fidelity: z.string().max(20).optional(),
  });

export type ImageRequest = z.output<ReturnType<typeof generationBody>>;
