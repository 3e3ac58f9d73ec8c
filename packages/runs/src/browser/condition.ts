import { array, full, GMemError, type Named, type NDArray, takeRows } from "@gmem/tensor";
import { bankRows } from "./bank-rows.ts";
import type { BrowserTexts } from "./browser-texts.ts";
import type { BrowserFacts } from "./facts.ts";
import type { ReadFile } from "./read-file.ts";

/** What is drawn: rows that pictures take in turn, one label or one text; nothing by a run without a condition. */
export interface BrowserRequest {
  readonly rows?: readonly number[];
  readonly label?: number;
  readonly text?: string;
}

export interface ConditionParts {
  readonly facts: BrowserFacts;
  readonly read: ReadFile;
  readonly texts: BrowserTexts;
}

/**
 * What the sampler takes beside noise, for so many pictures.
 * @throws {GMemError} code `INVALID_REQUEST` for a request that the run cannot answer.
 */
export function conditionOf({ facts, read, texts }: ConditionParts) {
  const { bank, classes, textEncoder } = facts;
  const rowsAt = bank && bankRows(bank, read);
  return async (
    { rows, label, text, ...others }: BrowserRequest,
    count: number,
  ): Promise<Named<NDArray<"f32" | "i32">>> => {
    const given = Object.entries({ rows, label, text, ...others }).flatMap(([name, value]) =>
      value === undefined ? [] : name,
    );
    const takes = rowsAt ? "rows" : classes ? "label" : textEncoder ? "text" : undefined;
    if (String(given) !== (takes ?? ""))
      throw new GMemError(
        "INVALID_REQUEST",
        `draw: must say ${takes ?? "nothing"}, got ${given.join(" and ") || "nothing"}`,
      );
    if (rowsAt && rows) {
      if (rows.length === 0) throw new GMemError("INVALID_REQUEST", "draw: rows must name one or more, got none");
      return { snippet: await rowsAt(Array.from({ length: count }, (_, i) => rows[i % rows.length] as number)) }; // [n,d]
    }
    if (classes && label !== undefined) {
      if (!Number.isInteger(label) || label < 0 || label >= classes.length)
        throw new GMemError("INVALID_REQUEST", `draw: label must be a class 0…${classes.length - 1}, got ${label}`);
      return { label: array(new Int32Array(count).fill(label), [count], "i32") };
    }
    if (text === undefined) return { ones: full([count, 1], 1) };
    const vector = await (await texts.get()).encoder.encode([text]); // [1,dim]
    return { text: takeRows(vector, new Int32Array(count)) };
  };
}
