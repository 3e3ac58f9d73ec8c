import { readFile } from "node:fs/promises";
import { GMemError } from "@gmem/tensor";
import { parse } from "csv-parse/sync";
import { captionsOfRow } from "../captions/captions-of-row.ts";

/** What a table beside pictures says of one of them. */
export interface MetadataRow {
  /** The table and its line, e.g. "train/metadata.jsonl:3". */
  readonly at: string;
  /** Path of the picture from the folder of the table, with slashes. */
  readonly file: string;
  readonly captions: readonly string[];
}

/** Names of tables that are read. */
export const isMetadata = (file: string): boolean => /(^|\/)(metadata\.(jsonl|csv)|captions\.csv)$/.test(file);

/**
 * Reads a table of Hugging Face's imagefolder layout: a row a picture, with `file_name` and a text (`text`, `caption`,
 * `captions` or `prompt`, a list of them in JSON), as JSON lines or CSV with a header. A picture may have several rows.
 * @param file for messages
 * @throws {GMemError} code `DATA` naming the line that is no such row, or whose file_name leads out of the folder.
 */
export async function readMetadata(path: string, file: string): Promise<MetadataRow[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw wrong(file, "must be a table in UTF-8 that can be read", reasonOf(cause));
  }
  const rows = file.endsWith(".jsonl") ? jsonLines(text, file) : csvLines(text, file);
  return rows.map(({ line, row }) => {
    const at = `${file}:${line}`;
    const { file_name: name } = row;
    if (typeof name !== "string" || name === "")
      throw wrong(at, "must have file_name, the picture's path from the table's folder", JSON.stringify(row));
    if (/^([/\\]|[a-z]:)|\\|\0/i.test(name) || name.split("/").includes(".."))
      throw wrong(at, "file_name must be a path with slashes inside the table's folder", JSON.stringify(name));
    return { at, file: name.replace(/^(\.\/)+/, ""), captions: captionsOfRow(row) };
  });
}

type Row = Readonly<Record<string, unknown>>;
interface Line {
  readonly line: number;
  readonly row: Row;
}

function jsonLines(text: string, file: string): Line[] {
  return text.split("\n").flatMap((words, i) => {
    if (words.trim() === "") return [];
    try {
      const row: unknown = JSON.parse(words);
      if (typeof row !== "object" || row === null || Array.isArray(row)) throw new TypeError("no object");
      return [{ line: i + 1, row: row as Row }];
    } catch (cause) {
      throw wrong(`${file}:${i + 1}`, "must be one JSON object a line", reasonOf(cause));
    }
  });
}

function csvLines(text: string, file: string): Line[] {
  try {
    const found = parse(text, { columns: true, info: true, skip_empty_lines: true }) as unknown as readonly {
      readonly record: Row;
      readonly info: { readonly lines: number };
    }[];
    return found.map(({ record, info }) => ({ line: info.lines, row: record }));
  } catch (cause) {
    throw wrong(file, "must be a CSV with a header of file_name and text", reasonOf(cause));
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const wrong = (where: string, rule: string, got: string): GMemError =>
  new GMemError("DATA", `${where}: ${rule}, got ${got.slice(0, 200)}`);
