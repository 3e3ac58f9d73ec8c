import { build, conditioner } from "@gmem/memory-bank";
import { velocityModel } from "@gmem/model";
import type { VelocityModel } from "@gmem/spec";
import { array } from "@gmem/tensor";
import type { Run } from "./open-run.ts";

/**
 * The network of a run, conditioned on snippets as they are given, whatever bank they are from: what a text became, a row, a
 * sum of rows, a picture. The same parameters draw them as draw the run's own conditions.
 * @example
 * // no-run
 * const run = await openRun("runs/drawings-text");
 * const batcher = await stepBatcher({ ...run, model: snippetModel(run) }, { slots: 8 }); // requests are { snippets }
 */
export function snippetModel({
  model,
  conditioner: own,
  config,
}: Pick<Run, "model" | "conditioner" | "config">): VelocityModel {
  const { backbone, interpolant, prediction } = model;
  const width = own.snippetDim;
  const none = build(
    array(
      Float32Array.from({ length: width }, (_, i) => (i === 0 ? 1 : 0)),
      [1, width],
    ),
  ); // requests name no row
  return velocityModel({
    backbone,
    conditioner: conditioner({ bank: none }) as never,
    interpolant,
    prediction,
    adapter: config.adapter,
  });
}
