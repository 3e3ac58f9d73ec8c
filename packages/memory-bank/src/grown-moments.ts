import type { NDArray } from "@gmem/tensor";
import { RunningMoments } from "@gmem/tensor/linalg";
import type { BankParts } from "./bank.ts";
import { addedRows, joinedRows, rowsFrom } from "./row-views.ts";
import { type Rows, rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";

type Moments = NonNullable<BankParts["moments"]>;

interface Grown {
  readonly first: Moments;
  /** What was appended since, as snippets. */
  readonly added: Rows;
  /** The bank's rows, which end with them where these are stored as they are. */
  readonly rows: Rows;
}

const madeOf = new WeakMap<Moments, Grown>();

/**
 * Moments of rows and of those that were appended to them. However many edits appended them, they are added in one go, and give
 * the bits that they give as one edit.
 */
export function grownMoments(
  before: Pick<BankParts, "rows" | "factors"> & { readonly moments: Moments },
  { snippets, rows }: { readonly snippets: NDArray<"f32">; readonly rows: Rows },
): Moments {
  const known = madeOf.get(before.moments);
  const { first, added: earlier } = known ?? { first: before.moments };
  const [size = 0, width = 0] = snippets.shape;
  const own = (): Rows => addedRows(snippets.data, { size, width });
  const isStored = !before.factors && (known === undefined || known.rows === before.rows);
  const added = isStored
    ? rowsFrom(rows, rows.size - size - (earlier?.size ?? 0))
    : joinedRows(earlier ? [earlier, own()] : [own()]);
  const moments: Moments = async (engine) => {
    const total = RunningMoments.from(await first(engine));
    for await (const block of rowBlocks(added, blockSize)) total.add(block);
    return total;
  };
  madeOf.set(moments, { first, added, rows });
  return moments;
}
