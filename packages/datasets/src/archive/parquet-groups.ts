import { GMemError } from "@gmem/tensor";
import type { FileMetaData } from "hyparquet";

/** Rows `from` … `to` − 1, which are read together, and the unpacked bytes of their pictures. */
export interface RowGroup {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Unpacked bytes of the pictures of one row group, which are in memory at once: 1 GiB. */
export const mostGroupBytes: number = 2 ** 30;
const mostRows = 2 ** 31;

/** @throws {GMemError} code `DATA` for a row group that is too large, code `FORMAT` for counts that cannot be. */
export function rowGroups(
  { row_groups: groups, num_rows: total }: FileMetaData,
  { image, path }: { readonly image: string; readonly path: string },
): readonly RowGroup[] {
  let from = 0;
  const found = groups.map(({ num_rows: rows, columns }): RowGroup => {
    const sizes = columns.flatMap(({ meta_data: of }) =>
      of?.path_in_schema[0] === image ? [Number(of.total_uncompressed_size)] : [],
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > mostGroupBytes)
      throw new GMemError(
        "DATA",
        `${path}: pictures of a row group must be at most ${mostGroupBytes} bytes, got ${bytes} in rows from ${from}; write it with smaller row groups (row_group_size=100)`,
      );
    const group = { from, to: from + Number(rows), bytes };
    from = group.to;
    return group;
  });
  const isRight =
    Number(total) === from && from < mostRows && found.every((group) => group.to >= group.from && group.bytes >= 0);
  if (!isRight)
    throw new GMemError("FORMAT", `${path}: row groups must have the ${total} rows of the file, got ${from}`);
  return found;
}
