import type { Batch, Params, VelocityModel } from "@gmem/spec";
import { GMemError, GraphError, type NDArray, type Shape, sameShape, type Tensor } from "@gmem/tensor";

const needed = ({ projector }: VelocityModel): NonNullable<VelocityModel["projector"]> => {
  if (projector) return projector;
  throw new GMemError(
    "CONFIG",
    "objective: the REPA loss needs a model with a projector, got none; give velocityModel a projector, or set repa to 0",
  );
};

/** [N,T,width] of the targets for n samples. @throws {GMemError} code `CONFIG` for a model without a projector. */
export function targetShape(model: VelocityModel, n: number): readonly [number, number, number] {
  const { tokens, width } = needed(model);
  return [n, tokens, width];
}

/** The targets of a batch. @throws {GMemError} code `DATA` if they are missing or of another shape. */
export function targetsOf({ targets }: Batch, expected: Shape): NDArray<"f32"> {
  if (targets && sameShape(targets.shape, expected)) return targets;
  const got = targets ? `[${targets.shape}]` : "a batch without";
  const advice = targets
    ? "encode the images at 14 pixels for each token row, or set projector.tokens and projector.width"
    : "use a dataset with an encoder's tokens, or set repa to 0";
  throw new GMemError("DATA", `objective: the REPA loss needs targets [${expected}], got ${got}; ${advice}`);
}

/** The projected tap [N,T,width]. @throws {GraphError} if the backbone gave none. */
export function projected(model: VelocityModel, p: Params, tap: Tensor | undefined): Tensor {
  const { apply } = needed(model);
  if (tap) return apply(p, tap);
  throw new GraphError("objective", "a backbone under REPA must give its tap", `none from "${model.backbone.name}"`);
}
