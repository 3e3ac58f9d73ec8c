import type { VelocityModel } from "@gmem/spec";
import { concatRows, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import type { SamplerInput, SamplerLayout } from "../sampler-contract.ts";
import { type Beginning, beginning, type DrawStart } from "./picture-start.ts";

interface Beginnings {
  readonly model: VelocityModel;
  /** [count,C,h,w]. */
  readonly noise: NDArray<"f32">;
  readonly start: DrawStart | undefined;
}

/**
 * What batches of rows begin with: noise, or a picture with noise.
 * @throws {GMemError} code `CONFIG` for a picture and a sampler that is not of its strength, or has no steps known before.
 */
export function beginnings(
  layout: SamplerLayout | undefined,
  { model, noise, start }: Beginnings,
): (rows: readonly number[]) => Pick<SamplerInput, "noise" | "keep"> {
  if (!start) return (rows) => ({ noise: takeRows(noise, rows) });
  if (layout?.strength !== start.strength)
    throw new GMemError(
      "CONFIG",
      `sample: a picture is drawn from by a sampler of its strength, ${start.strength}, got ${layout?.strength ?? "a solver whose steps are not known before"}; pass strength to the sampler, or take heun or euler`,
    );
  const count = noise.shape[0] as number;
  const { t } = layout;
  const all = Array.from({ length: count }, (_, i) =>
    beginning(model, start, { noise: takeRows(noise, [i]), i, count, t }),
  );
  return (rows) => {
    const own = rows.map((row) => all[row] as Beginning);
    const x = concatRows(own.map((one) => one.noise));
    if (start.mask === undefined) return { noise: x };
    return {
      noise: x,
      keep: (at, when) => concatRows(own.map(({ keep }, i) => keep?.(takeRows(at, [i]), when) ?? takeRows(at, [i]))),
    };
  };
}
