import type { Batch, VelocityModel } from "@gmem/spec";
import {
  type Aval,
  checkFinite,
  f32,
  GMemError,
  GraphError,
  greater,
  type Named,
  type NDArray,
  scalar,
  sumSquare,
  type Tensor,
  where,
} from "@gmem/tensor";

/** The feed that both objectives on snippets need beside the conditioner's: s = f(x)/‖f(x)‖ of each image, [n,d]. */
export const targetFeeds = ({ conditioner }: Pick<VelocityModel, "conditioner">, n: number): Named<Aval> => ({
  target: f32(n, conditioner.snippetDim),
});

/** @throws {GMemError} code `DATA` for a batch without snippets, or with snippets of another width. */
export function drawTargets({ conditioner }: VelocityModel, { snippets }: Batch, at: string): Named<NDArray> {
  const width = conditioner.snippetDim;
  if (snippets?.shape[1] !== width)
    throw new GMemError(
      "DATA",
      `${at}: needs the snippet of each image, ${width} wide, got ${snippets ? snippets.shape[1] : "none"}; train with the encoder's snippets`,
    );
  checkFinite({ snippets }, { where: at, remedy: "encode the images again" });
  return { target: snippets };
}

/** What a batch compares. */
export interface Pairs {
  /** ŝ of the texts [N,d]. */
  readonly predicted: Tensor;
  /** s of the images [N,d]. */
  readonly target: Tensor;
  /** 1 for rows with a text, 0 for the null text [N]. */
  readonly said: Tensor;
}

/** ŝ and s of a batch, traced. */
export function pairs(model: VelocityModel, p: Named<Tensor>, feeds: Named<Tensor>): Pairs {
  const { target } = feeds;
  if (!target) throw new GraphError("objective", 'feeds must hold "target"', `only ${Object.keys(feeds).join(", ")}`);
  const predicted = model.conditioner.snippet(p, feeds); // [N,d]
  const said = where(greater(sumSquare(feeds.text ?? predicted, { axes: [-1] }), 0), scalar(1), scalar(0)); // [N]
  return { predicted, target, said };
}
