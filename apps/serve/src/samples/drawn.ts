import { encodePng, type RgbImage } from "@gmem/datasets/png";
import type { DrawStart, DrawStep, RunConfig } from "@gmem/runs";
import { type NDArray, takeRows } from "@gmem/tensor";
import type { Job } from "../jobs/job.ts";
import type { ServedRun } from "../runs/served-run.ts";
import type { Resolved } from "./resolved.ts";
import type { SampleBody } from "./sample-body.ts";
import { pictureAt, toBytesInTurns } from "./to-bytes-in-turns.ts";

/** What was asked for, of sent pictures their names alone: they are large, and nobody asks for them again. */
export type KeptBody = Omit<SampleBody, "image" | "mask"> & { readonly needs: readonly ("image" | "mask")[] };

export function keptBody({ image, mask, ...body }: SampleBody): KeptBody {
  return {
    ...body,
    needs: [...(image === undefined ? [] : ["image" as const]), ...(mask === undefined ? [] : ["mask" as const])],
  };
}

/** Pictures of a request, and all that they were drawn with. */
export interface Drawn {
  readonly run: string;
  readonly body: KeptBody;
  readonly settings: RunConfig["sampler"];
  readonly version: string | undefined;
  readonly rows: readonly (number | null)[];
  /** Bytes as a PNG has them. */
  readonly pictures: readonly RgbImage[];
}

export interface DrawWork {
  readonly body: KeptBody;
  readonly resolved: Resolved;
  readonly settings: RunConfig["sampler"];
  readonly start: DrawStart | undefined;
}

/** Draws what was resolved, and says each step to the job. */
export async function drawn(
  served: ServedRun,
  { body, resolved, settings, start }: DrawWork,
  job: Pick<Job, "step" | "signal">,
): Promise<Drawn> {
  const { batcher, name } = served;
  const { count, request, isStrip, rows, version } = resolved;
  const own = { seed: body.seed, settings, signal: job.signal };
  const { tell, told } = teller(job, body.partial);
  const orders = isStrip
    ? Array.from({ length: count }, (_, i) =>
        batcher.draw({
          ...own,
          request: ofRow(request, i),
          count: 1,
          firstId: body.first,
          onStep: (step) => tell({ ...step, preview: () => step.preview(), picture: i }),
          ...(start && { start }),
        }),
      )
    : [
        batcher.draw({
          ...own,
          request,
          count,
          firstId: body.first,
          onStep: tell,
          ...(start && { start }),
        }),
      ];
  const parts = (await Promise.all(orders)).map(({ images }) => images); // [count,3,H,W], of a strip [1,3,H,W] each
  await told();
  const pictures = await toBytesInTurns(parts);
  return { run: name, body, settings, version, rows, pictures };
}

const ofRow = (request: unknown, row: number): unknown => {
  const { snippets } = request as { readonly snippets: NDArray<"f32"> };
  return { snippets: takeRows(snippets, [row]) };
};

interface Teller {
  tell(step: DrawStep): void;
  /** Settles when every step has been said. */
  told(): Promise<unknown>;
}

/** Says a step as soon as it is done; with a picture where one is wanted and the last one of it has been made. */
function teller({ step: say }: Pick<Job, "step">, partial: boolean): Teller {
  const making = new Map<number, Promise<void>>();
  return {
    tell({ picture, step, steps, t, preview }) {
      const facts = { picture, step, steps, t };
      if (!partial || making.has(picture) || step === steps) return say(facts);
      const made = preview()
        .then(async (image) => encodePng(image.shape.length === 4 ? pictureAt(image, 0) : image))
        .then(
          (png) => say({ ...facts, preview: `data:image/png;base64,${Buffer.from(png).toString("base64")}` }),
          () => say(facts),
        )
        .finally(() => making.delete(picture));
      making.set(picture, made);
    },
    told: () => Promise.all(making.values()),
  };
}
