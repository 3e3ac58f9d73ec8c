import { type Bank, nearest } from "@gmem/memory-bank";
import { bankNames, evaluateExpression } from "@gmem/memory-bank/expression";
import type { NDArray } from "@gmem/tensor";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import type { ServedRun } from "../runs/served-run.ts";
import { base64Bytes, pictureOf } from "../samples/picture-pixels.ts";
import { encodedFor } from "./add-pictures.ts";

/** What is looked for: one of them. */
export const searchBody = z.strictObject({
  row: z.coerce.number().int().min(0).optional(),
  text: z.string().min(1).max(4000).optional().describe("Of runs that are conditioned on text; a name of others."),
  expression: z.string().min(1).max(2000).optional(),
  image: z.string().min(1).optional().describe("In base64."),
  k: z.coerce.number().int().min(1).max(200).default(12),
});

export type SearchBody = z.output<typeof searchBody>;

/** A row that was found; distance is 1 − cosine. */
export interface FoundRow {
  readonly row: number;
  readonly distance: number;
}

/** The nearest rows of a bank to a row, a text, a sum or a picture. @throws {Refusal} 400 for none or several of them. */
export async function searchBank(
  served: ServedRun,
  {
    bank,
    body,
    picture,
  }: { readonly bank: Bank; readonly body: SearchBody; readonly picture?: Uint8Array | undefined },
): Promise<readonly FoundRow[]> {
  const { row, text, expression, image, k } = body;
  const given = [row, text, expression, image, picture].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new Refusal(
      400,
      "INVALID_REQUEST",
      `search: needs one of row, text, expression and image, got ${given.length}`,
      {
        allowed: ["row", "text", "expression", "image"],
      },
    );
  const names = bankNames(bank, served.run.classes);
  const seen = async (bytes: Uint8Array): Promise<NDArray<"f32">> =>
    encodedFor(served, { bank, pictures: [await pictureOf(bytes, served.run.config.image)] });
  const query =
    row !== undefined
      ? await rowOf(bank, row)
      : text !== undefined
        ? await (served.texts?.snippets([text]) ??
            evaluateExpression(`"${text}"`, { bank, names }).then((one) => one.snippet))
        : expression !== undefined
          ? (await evaluateExpression(expression, { bank, names })).snippet
          : await seen(picture ?? base64Bytes(image as string, "image"));
  const found = await nearest(bank, query, { k, ...(row !== undefined && { exclude: Int32Array.of(row) }) });
  return [...found.rows.data].map((at, i) => ({
    row: at,
    distance: Number((1 - (found.scores.data[i] as number)).toFixed(6)),
  }));
}

function rowOf(bank: Bank, row: number): Promise<NDArray<"f32">> {
  if (row < bank.size) return bank.at(Int32Array.of(row));
  throw new Refusal(400, "INVALID_REQUEST", `row: must be in 0 … ${bank.size - 1}, got ${row}`, { param: "row" });
}
