/** Columns that hold captions, the first that is there. */
const columns = ["text", "caption", "captions", "prompt"] as const;

/** What a row of a table says of its picture: a text or a list of texts, none of them blank. */
export function captionsOfRow(row: Readonly<Record<string, unknown>>): readonly string[] {
  const column = columns.find((name) => Object.hasOwn(row, name));
  const said = column === undefined ? [] : row[column];
  return (Array.isArray(said) ? said : [said]).flatMap((text: unknown) =>
    typeof text === "string" && text.trim() !== "" ? [text.trim()] : [],
  );
}

/** True for a column of captions. */
export const isCaptionColumn = (name: string): boolean => (columns as readonly string[]).includes(name);

/** The captions in a text file, one a line. */
export const captionsOfText = (text: string): readonly string[] =>
  text.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));

/** Bytes of the longest text that is read as captions of one picture: 1 MiB. */
export const mostCaptionBytes: number = 2 ** 20;

/** Bytes as text; undefined unless they are UTF-8. A byte order mark is passed over. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
