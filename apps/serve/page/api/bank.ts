import { askJson } from "./ask.ts";
import type { BankPage, BankRow, ServedRun } from "./types.ts";

/** Rows on the map: indices, places, and numbers of their classes, −1 for none. */
export interface BankMap {
  readonly rows: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly labels: readonly number[];
  /** Shares of the variance that the two axes have. */
  readonly explained: readonly [number, number];
}

/** What an edit answers. */
export interface Edited {
  readonly version: string;
  readonly size: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Of the rows that were added. */
  readonly rows?: readonly number[];
}

/** What is looked for: rows near a picture, in base64, near a row, or of a text. */
export interface SearchBody {
  readonly text?: string;
  readonly image?: string;
  readonly row?: number;
  /** How many are found. */
  readonly k?: number;
}

const at = (run: string, rest = ""): string => `v1/runs/${encodeURIComponent(run)}/bank${rest}`;
/** An edit of another version than the one that was seen is refused. */
const seen = (version: string) => ({ headers: { "If-Match": `"${version}"` } });

export const bankOf = (run: string) => ({
  page: (offset: number, limit: number, name = "") =>
    askJson<BankPage>(
      at(run, `?offset=${offset}&limit=${limit}${name === "" ? "" : `&name=${encodeURIComponent(name)}`}`),
    ),
  search: async (body: SearchBody) =>
    (await askJson<{ readonly rows: readonly BankRow[] }>(at(run, "/search"), { method: "POST", body })).rows,
  map: () => askJson<BankMap>(at(run, "/map")),
  add(image: Blob, version: string) {
    const body = new FormData();
    body.append("image", image, image instanceof File ? image.name : "picture.png");
    return askJson<Edited>(at(run, "/rows"), { method: "POST", body, ...seen(version) });
  },
  interpolate: (body: { readonly from: number; readonly to: number; readonly at: number }, version: string) =>
    askJson<Edited>(at(run, "/interpolate"), { method: "POST", body, ...seen(version) }),
  remove: (row: number, version: string) =>
    askJson<Edited>(at(run, `/rows/${row}`), { method: "DELETE", ...seen(version) }),
  label: (row: number, label: string, version: string) =>
    askJson<Edited>(at(run, `/rows/${row}`), { method: "PATCH", body: { label }, ...seen(version) }),
  move: (direction: "undo" | "redo", version: string) =>
    askJson<Edited>(at(run, `/${direction}`), { method: "POST", ...seen(version) }),
});

/** The address of the picture of a row, which is another one after an edit. */
export const rowImage = ({ name, bank }: ServedRun, row: number): string =>
  at(name, `/${row}/image?of=${bank?.version ?? ""}`);
