import { loadImages } from "@gmem/datasets";
import { scenes } from "@gmem/datasets/scenes";
import { type Bank, project, reconstructRows } from "@gmem/memory-bank";
import { fdRandomVgg } from "@gmem/metrics";
import { comparesSnippets, type Run, snippetsOf } from "@gmem/runs";
import { adherence } from "@gmem/runs/demo";
import { GMemError, key, type NDArray, takeRows } from "@gmem/tensor";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { alteredMemory, type MemorySettings } from "../trained/altered-memory.ts";
import { type DrawPicturesOptions, drawPictures } from "../trained/draw-pictures.ts";
import { otherDomain } from "../trained/other-domain.ts";
import { type StartedRunSettings, startedRun } from "../trained/started-run.ts";
import { type TrainedRun, withTrainedRun } from "../trained/trained-run.ts";

/** A run that is trained, and pictures that are drawn of it. */
export interface PicturesSettings extends StartedRunSettings {
  /** Pictures on each side of a distance, and scenes whose attributes are checked. */
  readonly count: number;
  readonly memory?: MemorySettings;
  /** Other pictures than the run was trained on, whose bank it is given and whose held-out ones count; nothing is trained. */
  readonly domain?: StartedRunSettings["run"];
  readonly sampler?: DrawPicturesOptions["sampler"];
}

/** Held-out losses of a run, and how near its pictures are to held-out ones and to the scenes that they are asked for. */
export const pictures: CellKind = {
  name: "pictures",
  async compute(given, context) {
    const settings = given as unknown as PicturesSettings;
    const own = await startedRun(settings, context);
    return withTrainedRun(own, context, async (trained) => {
      const { run } = trained;
      const { domain } = settings;
      if (domain) {
        const { bank, heldOut } = await otherDomain(trained, { settings: own, domain }, context);
        return distance({ ...trained, heldOut }, { settings, altered: bank, context }); // losses are of its own pictures
      }
      const altered = run.bank ? await alteredMemory(run, settings.memory ?? {}, context) : undefined;
      return {
        ...losses(trained),
        ...(await distance(trained, { settings, altered, context })),
        ...(altered && run.config.data === "scenes" ? await follow(run, { settings, altered, context }) : {}),
      };
    });
  },
};

/** Of the last checkpoint, and of those after half and a quarter of the steps. */
function losses({ measured, run }: TrainedRun): Record<string, number> {
  if (comparesSnippets(run.config.conditioner)) return {};
  const [quarter, half, , last] = measured.length === 4 ? measured : [undefined, undefined, undefined, measured.at(-1)];
  const loss = (at: TrainedRun["measured"][number] | undefined, name: string): number => {
    const value = at?.[name];
    if (typeof value === "number") return value;
    throw new GMemError("NON_FINITE", `study: ${run.files.folder}: has no finite ${name}; lower optimizer.lr`);
  };
  const noisy = "held-out loss, t ≥ 0.5";
  return {
    loss: loss(last, "held-out loss"),
    noisyLoss: loss(last, noisy),
    ...(quarter && half ? { quarterLoss: loss(quarter, noisy), halfLoss: loss(half, noisy) } : {}),
  };
}

interface Drawn {
  readonly settings: PicturesSettings;
  readonly altered: Bank | undefined;
  readonly context: CellContext;
}

/** FD-random-vgg of pictures of rows of the bank, or without a bank as the noise has it, to held-out pictures. */
async function distance(
  { run, heldOut }: TrainedRun,
  { settings, altered, context }: Drawn,
): Promise<Record<string, number>> {
  const count = Math.min(settings.count, heldOut.length);
  const request = altered && { snippets: await altered.at(someRows(altered.size, { count, seed: context.seed })) };
  const drawn = await drawPictures(run, { ...settings, count, context, ...(request ? { request } : {}) });
  const real = await loadImages(
    heldOut,
    Int32Array.from({ length: count }, (_, i) => i),
  );
  const { value } = await fdRandomVgg(real, drawn.images, { engine: run.engine });
  return { distance: value, forwards: drawn.forwards };
}

/** Rows for so many pictures: each as often as the others, or once more, in an order of the seed. */
export const someRows = (
  size: number,
  { count, seed }: { readonly count: number; readonly seed: number },
): Int32Array => {
  const order = key(seed).split("rows of a study").permutation(size);
  return Int32Array.from({ length: count }, (_, i) => order[i % size] as number);
};

/** The share of pictures, drawn from snippets of scenes that training never saw, with shape and colour of their scene. */
async function follow(run: Run, { settings, altered, context }: Drawn): Promise<Record<string, number>> {
  const { count } = settings;
  const fresh = freshScenes(run, { count, seed: context.seed });
  const snippets = asStored(await snippetsOf(await run.encoder(), fresh), altered);
  const { images } = await drawPictures(run, { ...settings, context, request: { snippets } });
  return { adherence: (await adherence(images, fresh)).share };
}

/** Scenes that neither training nor held-out losses have seen. */
export const freshScenes = (
  { config }: Pick<Run, "config">,
  { count, seed }: { readonly count: number; readonly seed: number },
): ReturnType<typeof scenes> =>
  scenes({ count, size: config.image.size, layout: config.image.layout, seed: seed + 2000 });

/** A new snippet as the bank would keep it: by its factors, where it has some (eqs. 2 and 3). */
function asStored(snippets: NDArray<"f32">, bank: Bank | undefined): NDArray<"f32"> {
  const { factors } = bank ?? {};
  return factors ? reconstructRows(factors, project(factors, snippets)) : snippets;
}

/** Row i of a batch. */
export const pictureAt = (images: NDArray<"f32">, i: number): NDArray<"f32"> => {
  const one = takeRows(images, [i]);
  return { ...one, shape: images.shape.slice(1) };
};
