import { z } from "zod";
import { formats } from "../samples/sample-body.ts";

const version = z.string().describe("Of the bank: the number of its edits and a hash of them; the `ETag` too.");
const record = z.record(z.string(), z.unknown());
const row = z.int().min(0);
const address = z.string();

/** What every refusal and failure is answered with; OpenAI's clients read the same. */
export const errorAnswer = z
  .strictObject({
    error: z.looseObject({
      code: z.string(),
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      limit: z.string().optional().describe("The option or rule that was met."),
      allowed: z.unknown().optional().describe("What would be taken."),
      retryAfter: z.number().optional().describe("Seconds; the header `Retry-After` too."),
    }),
  })
  .describe("Why it was not done.");

const picture = z.strictObject({
  index: row,
  row: row.nullable(),
  seed: row,
  number: row.describe("Among the pictures of the seed."),
  bankVersion: version.nullable(),
  needs: z.array(z.string()).describe("Pictures that have to be sent with the settings."),
  settings: record.describe("A body of `POST /v1/samples` that draws it again."),
});

export const jobAnswer = z
  .strictObject({
    id: z.string(),
    run: z.string(),
    status: z.enum(["queued", "running", "done", "failed", "cancelled"]),
    position: row.describe("Jobs of its run that begin before it."),
    etaSeconds: z.number().nullable(),
    progress: z.number().min(0).max(1),
    created: z.number().describe("Milliseconds since 1970."),
    finished: z.number().nullable(),
    url: address,
    events: address,
    zip: address,
    images: z.array(address),
    bankVersion: version.nullable().optional(),
    seed: row.optional(),
    rows: z.array(row.nullable()).optional(),
    settings: record.optional(),
    pictures: z.array(picture).optional(),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  })
  .describe("A job; what it was drawn from stands there when it is done.");
export const jobsAnswer = z.strictObject({ jobs: z.array(jobAnswer) }).describe("Jobs that are kept.");
export const cancelledAnswer = z.strictObject({ cancelled: row }).describe("How many were cancelled.");

export const runsAnswer = z
  .strictObject({
    runs: z.array(
      z.strictObject({
        name: z.string(),
        conditioner: z.string(),
        image: z.strictObject({ width: row, height: row }),
        classes: z.array(z.string()),
        text: z.boolean().describe("Whether it draws texts."),
        bank: z.strictObject({ size: row, version }).optional(),
        sampler: record,
        loaded: z.boolean(),
        slots: row.optional(),
      }),
    ),
  })
  .describe("Runs that are served.");
export const unloadedAnswer = z.strictObject({ unloaded: z.boolean() }).describe("False where it was not open.");

const bankRow = z.strictObject({
  index: row,
  label: z.union([z.string(), z.int()]).nullable(),
  source: z.string().nullable(),
  thumbnail: address,
});
const edits = { edits: row, canUndo: z.boolean(), canRedo: z.boolean() };

export const bankAnswer = z
  .strictObject({ version, size: row, dim: row, found: row, offset: row, ...edits, rows: z.array(bankRow) })
  .describe("Rows of the bank.");
export const editAnswer = z
  .strictObject({ version, size: row, ...edits, rows: z.array(row) })
  .describe("The bank after the edit, and rows that were added or changed.");
export const foundAnswer = z
  .strictObject({ version, rows: z.array(bankRow.extend({ distance: z.number().describe("1 − cosine.") })) })
  .describe("The nearest rows.");
export const mapAnswer = z
  .strictObject({
    version,
    explained: z.array(z.number()).describe("Shares of the variance of both axes."),
    rows: z.array(row),
    x: z.array(z.number()),
    y: z.array(z.number()),
    labels: z.array(z.int().min(-1)),
  })
  .describe("Rows as points of a plane.");
export const versionsAnswer = z
  .strictObject({
    version,
    canUndo: z.boolean(),
    canRedo: z.boolean(),
    versions: z.array(z.strictObject({ version, kind: z.string(), size: row })),
  })
  .describe("Edits that are in force, oldest first.");

export const settingsAnswer = z
  .strictObject({
    settings: record,
    row: row.nullable(),
    bankVersion: version.nullable(),
    needs: z.array(z.string()),
    texts: z.array(z.string()),
  })
  .describe("What it was drawn with.");

export const modelsAnswer = z
  .strictObject({
    object: z.literal("list"),
    data: z.array(z.strictObject({ id: z.string(), object: z.literal("model"), created: row, owned_by: z.string() })),
  })
  .describe("Runs as models.");
const imagesAnswer = z
  .strictObject({
    created: row.describe("Seconds since 1970."),
    output_format: z.enum(formats),
    size: z.string(),
    bank_version: version.nullable(),
    rows: z.array(row.nullable()),
    seed: row,
    data: z.array(z.strictObject({ b64_json: z.string().optional(), url: address.optional() })),
  })
  .describe("Pictures.");
/** Events of OpenAI's names, with `stream`. */
const imageEvent = z.strictObject({ event: z.string(), data: z.string().describe("JSON.") });
export const imagesOrEvents = {
  description: "Pictures; with `stream` server-sent events.",
  content: { "application/json": { schema: imagesAnswer }, "text/event-stream": { schema: imageEvent } },
};

export const healthAnswer = z.strictObject({ status: z.literal("ok") }).describe("It answers.");
export const readyAnswer = z
  .strictObject({ status: z.literal("ready"), runs: row, queued: row, running: row })
  .describe("It takes work.");

/** Each event by itself. */
export const eventsAnswer = {
  description: "Server-sent events, numbered.",
  content: {
    "text/event-stream": {
      schema: z.strictObject({
        id: z.string(),
        event: z.enum(["queued", "started", "step", "done", "failed", "cancelled"]),
        data: z.string().describe("JSON."),
      }),
    },
  },
};
