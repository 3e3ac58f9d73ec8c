import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { askJson } from "../api/ask.ts";
import type { SampleBody, ServedRun } from "../api/types.ts";
import { ends, share } from "../between/state.ts";
import { draw } from "../jobs/jobs.ts";
import { bodyOf, emptyForm, type Form, formOf, waysOf } from "./form.ts";
import { maskOf, start, startBody } from "./start.ts";

export const runs: Signal<readonly ServedRun[]> = signal([]);
export const runName: Signal<string> = signal("");
export const run: ReadonlySignal<ServedRun | undefined> = computed(() =>
  runs.value.find(({ name }) => name === runName.value),
);
/** Why there are no runs. */
export const trouble: Signal<string> = signal("");

export const form: Signal<Form> = signal(emptyForm);
/** What is wrong with what was typed. */
export const mistake: Signal<string> = signal("");
/** Names that may have been meant. */
export const nearest: Signal<readonly string[]> = signal([]);

export const edit = (part: Partial<Form>): void => {
  form.value = { ...form.value, ...part };
  mistake.value = "";
  nearest.value = [];
};

export async function loadRuns(): Promise<void> {
  try {
    runs.value = (await askJson<{ readonly runs: readonly ServedRun[] }>("v1/runs")).runs;
    trouble.value = "";
    if (!run.value) choose(runs.value[0]?.name ?? "");
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}

export function choose(name: string): void {
  runName.value = name;
  const ways = run.value ? waysOf(run.value) : [];
  edit({ way: ways[0] ?? "noise", steps: undefined, guidance: undefined });
}

/** Fills the form with what a picture was drawn with. */
export function recall(settings: SampleBody): void {
  if (settings.run !== undefined && runs.value.some(({ name }) => name === settings.run)) choose(settings.run);
  start.value = undefined; // a picture's settings say that it began from one, and not which
  const { interpolate } = settings;
  if (interpolate) {
    ends.value = { from: `${interpolate.from}`, to: `${interpolate.to}` };
    share.value = interpolate.at ?? 0.5;
    const { seed = 0, steps, guidance } = settings;
    edit({ seed, steps, guidance });
    location.hash = "between";
    return;
  }
  edit(formOf(settings));
  location.hash = "draw";
}

/** Draws what the form says. */
export async function submit(): Promise<void> {
  if (!run.value) return;
  const body = bodyOf(form.value, run.value);
  if (typeof body === "string") {
    mistake.value = body;
    return;
  }
  const { error = "", nearest: near = [], status } = await draw({ ...body, ...startBody(start.value, maskOf) });
  if (status !== "failed") return;
  mistake.value = error;
  nearest.value = near;
}
