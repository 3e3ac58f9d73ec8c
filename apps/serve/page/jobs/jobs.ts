import { type Signal, signal } from "@preact/signals";
import { ask, askJson, ServerError } from "../api/ask.ts";
import { hear } from "../api/events.ts";
import type { JobAnswer, JobStatus, PictureFacts, SampleBody, StepEvent } from "../api/types.ts";
import { keep } from "../gallery/gallery.ts";

/** A picture on its way: what it looks like now, and what it was drawn with once it is done. */
export interface Drawing {
  readonly step: number;
  readonly steps: number;
  readonly url?: string;
  readonly facts?: PictureFacts;
}

/** A job as the page shows it. */
export interface Job {
  /** The page's own number: a job has one before the server gave it an id. */
  readonly number: number;
  readonly id?: string;
  readonly body: SampleBody;
  /** Shown by a strip or a sweep, not among the drawings. */
  readonly isAside: boolean;
  readonly status: JobStatus;
  readonly position: number | null;
  readonly eta: number | null;
  readonly drawings: readonly Drawing[];
  readonly error?: string;
  readonly nearest?: readonly string[];
}

/** All jobs of this page, newest first. */
export const jobs: Signal<readonly Job[]> = signal([]);
let next = 1;
const controllers = new Map<number, AbortController>();

const change = (number: number, part: (job: Job) => Partial<Job>): void => {
  jobs.value = jobs.value.map((job) => (job.number === number ? { ...job, ...part(job) } : job));
};

export const isOver = ({ status }: Job): boolean => !["queued", "running"].includes(status);

export interface DrawOptions {
  /** A strip or a sweep shows its jobs itself, and keeps none of its pictures. */
  readonly isAside?: boolean;
}

/** Asks for pictures and follows them. @returns the job at its end; a refusal is told, and thrown. */
export const draw = (body: SampleBody): Promise<Job> => begin(body).ended;

/** The same, with the number of the job at once. */
export function begin(
  body: SampleBody,
  { isAside = false }: DrawOptions = {},
): { readonly number: number; readonly ended: Promise<Job> } {
  const number = next++;
  const blank = Array.from({ length: body.count ?? 1 }, () => ({ step: 0, steps: body.steps ?? 0 }));
  jobs.value = [
    { number, body, isAside, status: "queued", position: null, eta: null, drawings: blank } as Job,
    ...jobs.value,
  ].slice(0, 400);
  return { number, ended: follow(number, body) };
}

async function follow(number: number, body: SampleBody): Promise<Job> {
  const controller = new AbortController();
  controllers.set(number, controller);
  try {
    const answer = await askJson<JobAnswer>("v1/samples", {
      method: "POST",
      body: { ...body, partial: body.partial ?? true },
      signal: controller.signal,
    });
    change(number, ({ drawings }) => ({
      id: answer.id,
      position: answer.position,
      eta: answer.etaSeconds,
      drawings: answer.images.map((_, i) => drawings[i] ?? { step: 0, steps: 0 }),
    }));
    await hear(`v1/jobs/${answer.id}/events`, {
      signal: controller.signal,
      on: ({ type, data }) => told(number, type, data as Readonly<Record<string, unknown>>),
    });
    await finish(number, answer.id);
  } catch (error) {
    fail(number, error as Error);
  } finally {
    controllers.delete(number);
  }
  return jobs.value.find((job) => job.number === number) as Job;
}

function told(number: number, type: string, data: Readonly<Record<string, unknown>>): void {
  if (type === "queued") change(number, () => ({ position: (data.position as number) ?? null }));
  if (type === "started") change(number, () => ({ status: "running", position: null }));
  if (type === "step") {
    const { picture, step, steps, preview } = data as unknown as StepEvent;
    change(number, ({ drawings }) => ({
      status: "running",
      drawings: drawings.map((one, i) =>
        i === picture ? { ...one, step: Math.max(one.step, step), steps, ...(preview && { url: preview }) } : one,
      ),
    }));
  }
}

/** Fetches what was drawn: it lives here from now on, the server forgets it in time. */
async function finish(number: number, id: string): Promise<void> {
  const { status, images, pictures = [], error } = await askJson<JobAnswer>(`v1/jobs/${id}`);
  const urls = status === "done" ? await Promise.all(images.map(dataUrl)) : [];
  change(number, ({ drawings }) => ({
    status,
    position: null,
    ...(error && status === "failed" && { error: error.message }),
    drawings: drawings.map((one, i) => ({
      ...one,
      ...(urls[i] && { url: urls[i], step: one.steps }),
      ...(pictures[i] && { facts: pictures[i] }),
    })),
  }));
  if (!jobs.value.find((job) => job.number === number)?.isAside && status === "done")
    keep(
      pictures.map(({ settings, bankVersion, index }) => ({
        url: urls[index] as string,
        settings,
        bankVersion,
        id: `${id}-${index}`,
      })),
    );
}

async function dataUrl(path: string): Promise<string> {
  const blob = await (await ask(new URL(path, document.baseURI).pathname, { headers: { Accept: "image/png" } })).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function fail(number: number, error: Error): void {
  const nearest = error instanceof ServerError ? error.nearest : [];
  const isGivenUp = error.name === "AbortError";
  change(number, () => (isGivenUp ? { status: "cancelled" } : { status: "failed", error: error.message, nearest }));
}

/** Gives a job up, here and at the server. */
export async function cancel(number: number): Promise<void> {
  const { id } = jobs.value.find((job) => job.number === number) ?? {};
  change(number, () => ({ status: "cancelled" }));
  controllers.get(number)?.abort();
  if (id !== undefined) await ask(`v1/jobs/${id}`, { method: "DELETE" }).catch(() => {});
}

/** All of this page: others of the server go on. */
export const cancelAll = (): Promise<unknown> =>
  Promise.all(jobs.value.filter((job) => !isOver(job)).map(({ number }) => cancel(number)));
