import type { App, Context } from "../context.ts";
import { answerImages } from "../openai/answer-images.ts";
import { editBody, generationBody } from "../openai/image-request.ts";
import { runOf, sampleOf } from "../openai/sample-of.ts";
import { Refusal } from "../refusal.ts";
import { configOf } from "../runs/served-run.ts";
import { filesOf, readParts } from "./read-parts.ts";
import { sampleJob } from "./samples.ts";
import { sendAwayWhenFull } from "./send-away.ts";
import { checked } from "./validate.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** OpenAI's routes for images, and its list of models: its clients work unchanged. */
export function openaiRoutes(app: App, context: Context): void {
  const { library, idempotency, settings } = context;
  const tags = ["OpenAI"];
  const keyOf = (headers: Readonly<Record<string, unknown>>) => headers["idempotency-key"] as string | undefined;
  app.get("/v1/models", { schema: { tags, summary: "Runs, as models" } }, async () => ({
    object: "list",
    data: library.names.map((named) => ({
      id: named.name,
      object: "model",
      created: 0,
      owned_by: ownerOf(configOf(named)),
    })),
  }));
  app.post(
    "/v1/images/generations",
    {
      onRequest: sendAwayWhenFull(context),
      schema: { tags, summary: "Draws what a prompt asks for", body: generationBody(settings) },
    },
    async (request, reply) => {
      const { body, headers } = request;
      const run = runOf(context, body.model);
      const key = keyOf(headers);
      const job = await idempotency.jobOf(key, { route: "generations", body }, () =>
        library.use(run, async (served) =>
          sampleJob(context, { ...(await sampleOf(served, body)), keep: key !== undefined }),
        ),
      );
      return answerImages({ request, reply }, { job, request: body, kind: "image_generation" }, context);
    },
  );
  app.post(
    "/v1/images/edits",
    {
      onRequest: sendAwayWhenFull(context),
      schema: {
        tags,
        summary: "Draws in the style of a picture, or begins from it",
        description:
          "Files `image` and `mask`. With `strength` drawing begins from the picture, where the mask is transparent or white; without it the picture becomes a snippet, and the prompt a note.",
      },
    },
    async (request, reply) => {
      const parts = await readParts(request);
      const body = checked(editBody(settings), parts.fields);
      const image = base64(filesOf(parts, "image")[0]?.bytes ?? new Uint8Array());
      const mask = parts.files.find(({ field }) => field === "mask");
      const run = runOf(context, body.model);
      const key = keyOf(request.headers);
      const strength = body.strength ?? (mask ? 0.8 : undefined);
      const job = await idempotency.jobOf(
        key,
        { route: "edits", body: [body, image, mask && base64(mask.bytes)] },
        () =>
          library.use(run, async (served) => {
            const { label, rows, expression, text, ...settingsOnly } = await sampleOf(served, body);
            const asked =
              strength === undefined ? settingsOnly : { label, rows, expression, text, ...settingsOnly, strength };
            return sampleJob(context, {
              ...asked,
              image,
              ...(mask && { mask: base64(await drawnAnew(mask.bytes)) }),
              keep: key !== undefined,
            });
          }),
      );
      return answerImages({ request, reply }, { job, request: body, kind: "image_edit" }, context);
    },
  );
}

const ownerOf = ({ config }: ReturnType<typeof configOf>): string => `gmem: ${config.conditioner.kind}`;

/** A mask as OpenAI's clients make it, transparent where it is drawn, in ours: white there. @throws {Refusal} 400 for no picture. */
async function drawnAnew(mask: Uint8Array): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const { hasAlpha } = await sharp(mask)
    .metadata()
    .catch((cause: Error) => {
      throw new Refusal(400, "INVALID_REQUEST", `mask: must be a picture, got ${cause.message}`, { param: "mask" });
    });
  if (!hasAlpha) return mask;
  const alpha = await sharp(mask).extractChannel("alpha").negate().toColourspace("b-w").png().toBuffer();
  return new Uint8Array(alpha);
}
