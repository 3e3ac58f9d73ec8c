import type { Params } from "@gmem/spec";
import { GMemError, key, mapNamed, type Named, type NDArray, sameShape } from "@gmem/tensor";
import { checkHalf } from "./check-half.ts";
import { openFolderOf } from "./checkpoint-folder.ts";
import { CompiledTrainer } from "./compiled-trainer.ts";
import { drawFeeds } from "./draw-feeds.ts";
import { initialScaling } from "./loss-scaling.ts";
import { sumInTurn } from "./micro-sum.ts";
import { resumeIdentity, versions } from "./resume-identity.ts";
import { closePeers, openPeers, sumShared } from "./shared-sum.ts";
import { stepGraph, updateGraph } from "./step-graph.ts";
import {
  type LearnerOptions,
  learnerOptions,
  type ResolvedOptions,
  resolveOptions,
  type TrainOptions,
} from "./train-options.ts";
import { accumulators, initialState, stateAvals } from "./train-state.ts";
import type { Trainer } from "./trainer.ts";

/**
 * Compiles the train step and returns a run to iterate over: Algorithm 1 of the paper, with AdamW and an average of the
 * parameters. With `checkpoint` and `resume` it continues bit-equal to a run that was never stopped.
 * @throws {GMemError} code `CONFIG`, `DATA` or `WEIGHTS` for options that do not fit together; `LOCKED`, `CHECKPOINT` for
 * a folder in use. Iterating throws `NON_FINITE`, `DISK_FULL` and `ABORTED`.
 * @example
 * // no-run
 * declare const parts: Pick<TrainOptions, "engine" | "model" | "objective" | "data">;
 * const checkpoint = { folder: "runs/scenes", every: 250 };
 * const trainer = await train({ ...parts, batchSize: 16, steps: 1500, checkpoint, resume: true });
 * for await (const { step, loss, stepsPerSecond } of trainer) console.log(step, loss, stepsPerSecond);
 * await trainer.close();
 */
export const train = async (options: TrainOptions): Promise<Trainer> => trainLearner(learnerOptions(options));

/**
 * {@link train} for whatever has parameters and a loss: an autoencoder, say.
 * @throws {GMemError} as {@link train}.
 */
export async function trainLearner(given: LearnerOptions): Promise<Trainer> {
  const options = resolveOptions(given);
  const { engine, learner, seed, accumulate, stepsPerRun, precision } = options;
  if (precision === "f16") await checkHalf(engine);
  const identity = await resumeIdentity(options);
  const folder = await openFolderOf(options, identity);
  const closing: (() => Promise<void>)[] = folder ? [() => folder.close()] : [];
  try {
    const accumulates = accumulate > 1;
    const start = folder?.resumed
      ? { ...restored(options, folder.resumed.state), ...accumulators(learner, { accumulates }) }
      : initialState(learner, ownParameters(options), { accumulates, precision });
    const peers = await openPeers(options, start);
    closing.push(() => closePeers(peers));
    const state = await engine.state(start, { transfer: true }); // nothing else holds these arrays
    closing.push(() => state.dispose());
    const isShared = peers.length > 0;
    const apply = isShared ? updateGraph(options) : stepGraph({ ...options, n: options.batchSize / accumulate });
    const loop = stepsPerRun > 1 ? { loop: { steps: stepsPerRun, perStep: Object.keys(apply.feeds) } } : {};
    const fresh = { step: 0, updates: 0, skipped: 0, skippedInARow: 0 };
    const { step, updates, skipped, skippedInARow, trend } = folder?.resumed?.meta ?? { ...fresh, trend: undefined };
    return new CompiledTrainer({
      options,
      state,
      apply: await engine.compile(apply, { state, ...loop }),
      micro: await (isShared ? sumShared(options, { state, peers }) : sumInTurn(options, state)),
      feeds: drawFeeds(options, step),
      ...(folder ? { folder } : {}),
      metrics: folder?.resumed?.meta.metrics ?? {},
      meta: { step, updates, skipped, skippedInARow, trend, seed, ...identity, versions: versions(engine) },
    });
  } catch (error) {
    for (const close of closing.reverse()) await close();
    throw error;
  }
}

/** Parameters that nobody else holds: those given stay the caller's. */
function ownParameters({ learner, parameters, seed }: ResolvedOptions): Params<NDArray> {
  if (!parameters) return learner.init(key(seed).split("init"));
  return mapNamed(parameters, (value) => ({ ...value, data: value.data.slice() }) as NDArray);
}

/** The tensors of a checkpoint, checked against the model. */
function restored(options: ResolvedOptions, saved: Named<NDArray>): Named<NDArray> {
  for (const [name, { shape }] of Object.entries(stateAvals(options.learner, { accumulates: false }))) {
    const found = saved[name];
    if (!found || !sameShape(found.shape, shape))
      throw new GMemError(
        "CHECKPOINT",
        `train: the checkpoint must hold "${name}" [${shape}], got ${found ? `[${found.shape}]` : "none of that name"}`,
      );
  }
  return options.precision === "f16" ? { ...initialScaling(), ...saved } : saved;
}
