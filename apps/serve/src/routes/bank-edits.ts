import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { addPictures, type NewRow } from "../bank/add-pictures.ts";
import { withBank } from "../bank/with-bank.ts";
import type { App, Context } from "../context.ts";
import { Refusal } from "../refusal.ts";
import type { BankVersion } from "../runs/served-bank.ts";
import { pictureOf } from "../samples/picture-pixels.ts";
import { labelOf } from "../samples/resolved.ts";
import { filesOf, readParts } from "./read-parts.ts";
import { label, name, newRowFields } from "./row-fields.ts";
import { checked } from "./validate.ts";

const params = z.strictObject({ run: z.string().max(200) });
const rowParams = params.extend({ row: z.coerce.number().int().min(0) });
/** Changing a run's bank. Each change is a line of its journal; with `If-Match` it is made only at the version that was seen. */
export function bankEditRoutes(app: App, { library }: Context): void {
  const tags = ["bank edits"];
  const answer = (reply: FastifyReply, { id, bank, edits, canUndo, canRedo }: BankVersion, rows: readonly number[]) => {
    void reply.header("ETag", `"${id}"`);
    return { version: id, size: bank.size, edits, canUndo, canRedo, rows };
  };
  app.post(
    "/v1/runs/:run/bank/rows",
    { schema: { tags, summary: "Adds pictures: files `image`, fields `name` and `label`", params } },
    async (request, reply) => {
      const parts = await readParts(request);
      const fields = checked(newRowFields, parts.fields);
      const files = filesOf(parts, "image");
      return withBank(library, request.params.run, async (served) => {
        const own = fields.label === undefined ? -1 : labelOf(served, labelIn(fields.label));
        const rows: NewRow[] = [];
        for (const [i, file] of files.entries())
          rows.push({
            picture: await pictureOf(file.bytes, served.run.config.image),
            name: named(fields.name ?? file.name, files.length > 1 && fields.name !== undefined ? i + 1 : undefined),
            label: own,
          });
        const added = await addPictures(served, rows, expectedBy(request));
        return reply.status(201).send(answer(reply, added.version, added.rows));
      });
    },
  );
  app.post(
    "/v1/runs/:run/bank/interpolate",
    {
      schema: {
        tags,
        summary: "Adds the blend of two rows",
        params,
        body: z.strictObject({
          from: z.int().min(0),
          to: z.int().min(0),
          at: z.number().min(0).max(1).default(0.5),
          method: z.enum(["linear", "spherical", "concat", "mask"]).default("spherical"),
          name,
        }),
      },
    },
    async (request, reply) => {
      const { from, to, at, method, name: called } = request.body;
      const named = called === undefined ? {} : { source: called };
      const blend = { kind: "interpolate", first: from, second: to, weightOfSecond: at, method, ...named } as const;
      return withBank(library, request.params.run, async ({ bank }) => {
        const version = await bank.change((journal) => journal.apply(blend), { expected: expectedBy(request) });
        return reply.status(201).send(answer(reply, version, [version.bank.size - 1]));
      });
    },
  );
  app.delete(
    "/v1/runs/:run/bank/rows/:row",
    { schema: { tags, summary: "Removes a row; those after it move up", params: rowParams } },
    async (request, reply) =>
      withBank(library, request.params.run, async ({ bank }, now) => {
        const rows = [existing(request.params.row, now)];
        const version = await bank.change((journal) => journal.apply({ kind: "remove", rows }), {
          expected: expectedBy(request),
        });
        return answer(reply, version, []);
      }),
  );
  app.patch(
    "/v1/runs/:run/bank/rows/:row",
    {
      schema: {
        tags,
        summary: "Gives a row another class or name",
        params: rowParams,
        body: z
          .strictObject({ label, name })
          .refine((body) => body.label !== undefined || body.name !== undefined, "must have label, name or both")
          .meta({ minProperties: 1 }),
      },
    },
    async (request, reply) =>
      withBank(library, request.params.run, async (served, now) => {
        const row = existing(request.params.row, now);
        const { label: given, name: source } = request.body;
        const own = given === undefined ? undefined : given === -1 || given === "" ? -1 : labelOf(served, given);
        const edit = {
          kind: "label",
          row,
          ...(own !== undefined && { label: own }),
          ...(source !== undefined && { source }),
        } as const;
        const version = await served.bank.change((journal) => journal.apply(edit), { expected: expectedBy(request) });
        return answer(reply, version, [row]);
      }),
  );
  for (const step of ["undo", "redo"] as const)
    app.post(
      `/v1/runs/:run/bank/${step}`,
      { schema: { tags, summary: step === "undo" ? "Takes the last edit back" : "Makes it again", params } },
      async (request, reply) =>
        withBank(library, request.params.run, async ({ bank }) => {
          const version = await bank.change((journal) => journal[step](), { expected: expectedBy(request) });
          return answer(reply, version, []);
        }),
    );
}

/** A row of an address. @throws {Refusal} 404 where there is none. */
function existing(row: number, { bank }: BankVersion): number {
  if (row < bank.size) return row;
  throw new Refusal(404, "NO_SUCH_ROW", `row: must be in 0 … ${bank.size - 1}, got ${row}`, { param: "row" });
}

/** The version that the client has seen. */
function expectedBy({ headers }: Pick<FastifyRequest, "headers">): string | undefined {
  const tag = headers["if-match"];
  return tag === undefined || tag === "*" ? undefined : tag.replace(/^W\//, "").replaceAll('"', "");
}

const labelIn = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

/** A file's or a person's name as a row's: a single line. */
const named = (text: string, number: number | undefined): string =>
  `${text.replaceAll(/\s+/g, " ").trim().slice(0, 200) || "picture"}${number === undefined ? "" : ` ${number}`}`;
