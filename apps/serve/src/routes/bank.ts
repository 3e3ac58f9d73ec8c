import { z } from "zod";
import { bankRow } from "../bank/bank-row.ts";
import { withBank } from "../bank/with-bank.ts";
import type { App, Context } from "../context.ts";

/** Reading a run's bank. */
export function bankRoutes(app: App, { library }: Context): void {
  const tags = ["bank"];
  const params = z.strictObject({ run: z.string() });
  app.get(
    "/v1/runs/:run/bank",
    {
      schema: {
        tags,
        summary: "Rows of a bank",
        params,
        querystring: z.strictObject({
          offset: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(500).default(100),
          label: z.string().max(200).optional().describe("Rows of this class, or named so, alone."),
        }),
      },
    },
    async ({ params: { run }, query: { offset, limit, label } }, reply) =>
      withBank(library, run, async (served, { id, bank, canUndo, canRedo }) => {
        const sources = (await bank.sources?.()) ?? [];
        const { classes } = served.run;
        const word = label?.toLowerCase();
        const isWanted = (row: number): boolean =>
          word === undefined ||
          [classes[bank.labels?.[row] ?? -1], sources[row]].some((name) => name?.toLowerCase().includes(word));
        const all = [...new Array(bank.size).keys()].filter(isWanted);
        void reply.header("ETag", `"${id}"`);
        return {
          version: id,
          size: bank.size,
          dim: bank.dim,
          found: all.length,
          offset,
          canUndo,
          canRedo,
          rows: all.slice(offset, offset + limit).map((row) => bankRow(row, { run, bank, classes, sources })),
        };
      }),
  );
}
