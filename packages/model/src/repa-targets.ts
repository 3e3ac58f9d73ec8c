import type { Batch, Params, TokenProjector, VelocityModel } from "@gmem/spec";
import { type Aval, f32, GMemError, GraphError, type Named, type NDArray, sameShape, type Tensor } from "@gmem/tensor";
import { repaLoss } from "./losses.ts";

const needed = ({ projectors = [] }: VelocityModel): readonly TokenProjector[] => {
  if (projectors.length > 0) return projectors;
  throw new GMemError(
    "CONFIG",
    "objective: the REPA loss needs a model with a projector, got none; give velocityModel projectors, or set repa to 0",
  );
};

const feedName = (i: number): string => `targets.${i}`;

/** `targets.0` [N,T,width] … of the targets for n samples. @throws {GMemError} code `CONFIG` for a model without projectors. */
export const targetFeeds = (model: VelocityModel, n: number): Named<Aval> =>
  Object.fromEntries(needed(model).map(({ tokens, width }, i) => [feedName(i), f32(n, tokens, width)]));

/** The targets of a batch as feeds. @throws {GMemError} code `DATA` if one is missing or of another shape. */
export function targetsOf(model: VelocityModel, { targets = [] }: Batch, n: number): Named<NDArray<"f32">> {
  const expected = Object.values(targetFeeds(model, n)).map(({ shape }) => shape);
  const fits =
    targets.length === expected.length && expected.every((shape, i) => sameShape(shape, targets[i]?.shape ?? []));
  if (fits) return Object.fromEntries(targets.map((tokens, i) => [feedName(i), tokens]));
  const list = (shapes: readonly (readonly number[])[]): string => shapes.map((shape) => `[${shape}]`).join(" and ");
  const got = targets.length > 0 ? list(targets.map(({ shape }) => shape)) : "a batch without";
  const advice =
    targets.length === expected.length
      ? "encode the images at 14 pixels for each token row, or set tokens and width of the projectors"
      : "use a dataset with the tokens of every encoder, or set repa to 0";
  throw new GMemError("DATA", `objective: the REPA loss needs targets ${list(expected)}, got ${got}; ${advice}`);
}

/**
 * REPA's term of a model with projectors: the mean over the encoders of {@link repaLoss} of the projected tap [N,T,D] and
 * `feeds["targets.0"]` …, [N]. `objective` adds it; other objectives take it from here.
 * @throws {GraphError} if the backbone gave no tap, or feeds lack a target.
 * @example
 * // no-run
 * declare const [model, p, at]: Parameters<typeof repaAlignment>; // in a loss of one's own
 * const term = repaAlignment(model, p, at); // [N]
 */
export function repaAlignment(
  model: VelocityModel,
  p: Params,
  at: { readonly tap: Tensor | undefined; readonly feeds: Named<Tensor> },
): Tensor {
  const { tap, feeds } = at;
  if (!tap)
    throw new GraphError("objective", "a backbone under REPA must give its tap", `none from "${model.backbone.name}"`);
  const losses = needed(model).map(({ apply }, i) => {
    const target = feeds[feedName(i)];
    if (target) return repaLoss(apply(p, tap), target); // [N]
    throw new GraphError("objective", `feeds must hold "${feedName(i)}"`, `only ${Object.keys(feeds).join(", ")}`);
  });
  return losses.reduce((sum, loss) => sum.add(loss)).mul(1 / losses.length);
}
