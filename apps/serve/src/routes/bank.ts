import type { Bank } from "@gmem/memory-bank";
import { bankNames } from "@gmem/memory-bank/expression";
import { z } from "zod";
import { type BankMap, bankMap } from "../bank/bank-map.ts";
import { bankRows } from "../bank/bank-row.ts";
import { searchBank, searchBody } from "../bank/search-bank.ts";
import { withBank } from "../bank/with-bank.ts";
import type { App, Context } from "../context.ts";
import { Refusal } from "../refusal.ts";
import { filesOf, readParts } from "./read-parts.ts";
import { checked } from "./validate.ts";

const listQuery = z.strictObject({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  name: z.string().max(200).optional().describe("Rows whose class or name holds this word."),
});

/** Reading a run's bank: rows, their pictures, what is near, a map. */
export function bankRoutes(app: App, { library }: Context): void {
  const tags = ["bank"];
  const params = z.strictObject({ run: z.string().max(200) });
  const maps = new WeakMap<Bank, Promise<BankMap>>();
  app.get(
    "/v1/runs/:run/bank",
    { schema: { tags, summary: "Rows of a bank", params, querystring: listQuery } },
    async ({ params: { run }, query: { offset, limit, name } }, reply) =>
      withBank(library, run, async (served, { id, bank, edits, canUndo, canRedo }) => {
        const { classes } = served.run;
        const { size, dim } = bank;
        const named = name === undefined ? undefined : await bankNames(bank, classes).holding(name);
        const found = named?.length ?? size;
        const shown = Int32Array.from(
          { length: Math.max(0, Math.min(limit, found - offset)) },
          (_, i) => named?.[offset + i] ?? offset + i,
        );
        void reply.header("ETag", `"${id}"`);
        return {
          version: id,
          ...{ size, dim, found, offset, edits, canUndo, canRedo },
          rows: await bankRows(shown, { run, bank, classes }),
        };
      }),
  );
  app.get(
    "/v1/runs/:run/bank/:row/image",
    {
      schema: {
        tags,
        summary: "The picture that a row came from",
        params: params.extend({ row: z.coerce.number().int().min(0) }),
      },
    },
    async ({ params: { run, row } }, reply) =>
      withBank(library, run, async ({ pictures }, { id, bank }) => {
        const found = row < bank.size ? await pictures.of(bank, row) : undefined;
        if (!found) throw new Refusal(404, "NO_PICTURE", `bank: row ${row} has no picture that can be read here`);
        return reply
          .type("image/png")
          .header("Cache-Control", "private, max-age=60")
          .header("ETag", `"${id}-${row}"`)
          .send(Buffer.from(found));
      }),
  );
  app.post(
    "/v1/runs/:run/bank/search",
    { schema: { tags, summary: "Nearest rows to a row, text, expression or picture", params } },
    async (request) => {
      const { run } = request.params;
      const parts = request.isMultipart() ? await readParts(request) : undefined;
      const body = checked(searchBody, parts?.fields ?? request.body);
      const picture = parts && filesOf(parts, "image")[0]?.bytes;
      return withBank(library, run, async (served, { id, bank }) => {
        const found = await searchBank(served, { bank, body, picture });
        const rows = Int32Array.from(found, ({ row }) => row);
        const told = await bankRows(rows, { run, bank, classes: served.run.classes });
        return { version: id, rows: told.map((row, i) => ({ ...row, distance: found[i]?.distance })) };
      });
    },
  );
  app.get(
    "/v1/runs/:run/bank/map",
    { schema: { tags, summary: "Rows as points of a plane, by PCA", params } },
    async ({ params: { run } }) =>
      withBank(library, run, async (_, { id, bank }) => {
        const making = maps.get(bank) ?? bankMap(bank);
        maps.set(bank, making);
        const { rows, ...map } = await making;
        return { version: id, ...map, rows, labels: rows.map((row) => bank.labels?.[row] ?? -1) };
      }),
  );
  app.get(
    "/v1/runs/:run/bank/versions",
    { schema: { tags, summary: "Edits that are in force", params } },
    async ({ params: { run } }) =>
      withBank(library, run, async ({ bank }, { id, canUndo, canRedo }) => ({
        version: id,
        canUndo,
        canRedo,
        versions: await bank.versions(),
      })),
  );
}
