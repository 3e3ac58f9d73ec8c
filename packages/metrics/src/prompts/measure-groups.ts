import type { ImageFeatures, MetricResult, MetricSide, MetricSides } from "@gmem/spec";
import { GMemError, type NDArray, takeRows } from "@gmem/tensor";
import { type MeasureOptions, measure } from "../protocols/measure.ts";

/** The numbers of one group of images. */
export interface GroupResults {
  /** Undefined for all images together. */
  readonly group?: string;
  readonly results: readonly MetricResult[];
}

/**
 * Numbers of all images and of each group of them, as MJHQ-30K has FID overall and by category.
 * @param options.groups The group of each row of either side, of equal sets of groups.
 * @throws {GMemError} as {@link measure}, and code `DATA` for groups of other counts than the rows, a group that one side
 * lacks, or sides that hold statistics or pictures, of which there are no rows to take.
 * @example
 * const side = (seed: number) => ({ features: key(seed).normal([40, 2]) });
 * const groups = { real: Array(40).fill("animals"), fake: Array(40).fill("animals") };
 * const [all, animals] = await measureGroups({ real: side(0), fake: side(1) }, { metrics: ["fid"], groups });
 */
export async function measureGroups(
  sides: MetricSides,
  options: MeasureOptions & { readonly groups: Readonly<Record<"real" | "fake", readonly string[]>> },
): Promise<readonly GroupResults[]> {
  const { groups, ...how } = options;
  const names = [...new Set(groups.real)];
  const other = [...new Set(groups.fake)].find((name) => !names.includes(name));
  const missing = other ?? names.find((name) => !groups.fake.includes(name));
  if (missing !== undefined)
    throw new GMemError(
      "DATA",
      `measureGroups: both sides must have images of each group, "${missing}" is on one only`,
    );
  const of = (name: string): MetricSides => ({
    real: rowsOf(sides.real, groups.real, name),
    fake: rowsOf(sides.fake, groups.fake, name),
  });
  const parts = names.map((group) => ({ group, sides: of(group) }));
  const results: GroupResults[] = [{ results: await measure(sides, how) }];
  for (const { group, sides: part } of parts) results.push({ group, results: await measure(part, how) });
  return results;
}

/** The rows of one group. */
function rowsOf(side: MetricSide, groups: readonly string[], name: string): MetricSide {
  const rows = groups.flatMap((group, row) => (group === name ? [row] : []));
  const entries = Object.entries(side).filter(([input]) => input !== "images") as [string, unknown][];
  return Object.fromEntries(
    entries.map(([input, given]) => {
      const { data, shape } = given as Partial<ImageFeatures["features"]>;
      if (!data || !shape) throw new GMemError("DATA", `measureGroups: needs features of each image, got ${input}`);
      if (shape[0] !== groups.length)
        throw new GMemError(
          "DATA",
          `measureGroups: needs a group for each of ${shape[0]} images, got ${groups.length}`,
        );
      return [input, takeRows(given as NDArray<"f32">, rows)];
    }),
  );
}
