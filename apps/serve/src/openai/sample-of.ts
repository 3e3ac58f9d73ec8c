import { bankNames, parseExpression } from "@gmem/memory-bank/expression";
import type { Context } from "../context.ts";
import { Refusal } from "../refusal.ts";
import type { ServedRun } from "../runs/served-run.ts";
import type { SampleBody } from "../samples/sample-body.ts";
import type { ImageRequest } from "./image-request.ts";

/** The run that a model's name stands for: one of ours, or the only one. */
export function runOf({ library }: Context, model: string | undefined): string {
  const [only, ...others] = library.names;
  const isOurs = library.names.some(({ name }) => name === model);
  return only && others.length === 0 && !isOurs ? only.name : library.named(model).name;
}

/** A request as OpenAI's clients send it, as one of ours. @throws {Refusal} 400 for a size that the run does not have. */
export async function sampleOf(served: ServedRun, request: ImageRequest): Promise<SampleBody> {
  const { n, size, output_format: format, seed, steps, guidance, solver, snippet, prompt, stream } = request;
  const side = served.run.config.image.size;
  const own = `${side}x${side}`;
  if (size !== "auto" && size !== own)
    throw new Refusal(
      400,
      "INVALID_REQUEST",
      `size: must be auto or ${own}, the size of "${served.name}", got ${size}`,
      {
        param: "size",
        allowed: ["auto", own],
      },
    );
  return {
    run: served.name,
    ...(snippet === undefined ? await asked(served, prompt) : { expression: snippet }),
    count: n,
    seed,
    first: 0,
    format,
    keep: false,
    partial: stream && request.partial_images > 0,
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
    ...(solver !== undefined && { solver }),
  };
}

/** What a prompt asks for: a class by its name, text where the run takes it, or else an expression of names. */
async function asked(served: ServedRun, prompt: string): Promise<Partial<SampleBody>> {
  const { classes } = served.run;
  const word = prompt.trim().toLowerCase();
  const bank = served.bank?.now.bank;
  const label = classes.findIndex((name) => name.toLowerCase() === word);
  const hasLabel = bank ? (bank.labels?.includes(label) ?? false) : label >= 0;
  if (label >= 0 && hasLabel && !served.texts) return { label };
  if (bank && !served.texts) {
    const row = await bankNames(bank, classes).rows(prompt);
    return row?.length === 1 ? { rows: [row[0] as number] } : { expression: prompt };
  }
  if (!served.texts) return { label: prompt };
  return bank && isSum(prompt) ? { expression: prompt } : { text: prompt };
}

/** True for what nobody would write as a sentence: a sum of several snippets, or a row by its number. */
function isSum(prompt: string): boolean {
  try {
    return /#\d|[+*]/.test(prompt) && parseExpression(prompt).length > 0;
  } catch {
    return false;
  }
}
