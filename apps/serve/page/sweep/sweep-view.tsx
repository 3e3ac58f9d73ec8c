import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { about, bodyOf } from "../ask/form.ts";
import { form, run } from "../ask/state.ts";
import { PictureOf } from "../jobs/job-card.tsx";
import { begin, cancel, isOver, jobs } from "../jobs/jobs.ts";
import { TextField } from "../look/field.tsx";
import { type Axes, cellsOf, listOf, mostCells } from "./sweep.ts";

interface Sweep {
  readonly about: string;
  readonly axes: Axes;
  /** Numbers of jobs: rows of seeds and guidance, columns of steps. */
  readonly numbers: readonly number[];
}

const texts: Signal<Readonly<Record<keyof Axes, string>>> = signal({
  steps: "4, 8, 16",
  guidance: "1, 2",
  seed: "0, 1",
});
const sweep: Signal<Sweep | undefined> = signal(undefined);
const problem: Signal<string> = signal("");

/** What the form asks for, by every number of steps, guidance and seed. */
export function SweepView(): JSX.Element | null {
  const known = run.value;
  if (!known) return null;
  const body = bodyOf(form.value, known);
  const what = typeof body === "string" ? body : about(body);
  const start = (): void => {
    const lists = {
      steps: listOf(texts.value.steps),
      guidance: listOf(texts.value.guidance),
      seed: listOf(texts.value.seed),
    };
    const wrong = Object.entries(lists).find(([, list]) => list === undefined)?.[0];
    problem.value = wrong ? `Write numbers for ${wrong}, such as 4, 8, 16.` : typeof body === "string" ? body : "";
    if (problem.value || typeof body === "string") return;
    const axes = lists as Axes;
    const cells = cellsOf(body, axes);
    if (cells.length > mostCells) {
      problem.value = `A sweep has at most ${mostCells} pictures, got ${cells.length}.`;
      return;
    }
    for (const number of sweep.value?.numbers ?? []) void cancelOpen(number);
    sweep.value = { about: what, axes, numbers: cells.map((cell) => begin(cell, { isAside: true }).number) };
  };
  const set = (name: keyof Axes) => (value: string) => (texts.value = { ...texts.value, [name]: value });
  return (
    <div class="sweep">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <p>
          <span class="quiet">Sweeps what Draw asks for: </span>
          {what}
        </p>
        <div class="axes">
          <TextField label="Steps" value={texts.value.steps} set={set("steps")} />
          <TextField label="Guidance" value={texts.value.guidance} set={set("guidance")} />
          <TextField label="Seeds" value={texts.value.seed} set={set("seed")} />
          <button type="submit" class="main">
            Sweep
          </button>
        </div>
        {problem.value && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
      </form>
      {sweep.value && <Grid sweep={sweep.value} />}
    </div>
  );
}

async function cancelOpen(number: number): Promise<void> {
  const job = jobs.value.find((one) => one.number === number);
  if (job && !isOver(job)) await cancel(number);
}

function Grid({ sweep: { about: what, axes, numbers } }: { readonly sweep: Sweep }): JSX.Element {
  const { steps, guidance, seed } = axes;
  const rows = seed.flatMap((ofSeed) => guidance.map((scale) => ({ ofSeed, scale })));
  const found = new Map(jobs.value.map((job) => [job.number, job]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="The sweep">
      <table>
        <caption>{what}</caption>
        <thead>
          <tr>
            <th scope="col">Seed</th>
            <th scope="col">Guidance</th>
            {steps.map((many) => (
              <th scope="col" key={many}>
                {many} {many === 1 ? "step" : "steps"}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ ofSeed, scale }, row) => (
            <tr key={`${ofSeed} ${scale}`}>
              <th scope="row">{ofSeed}</th>
              <th scope="row">{scale}</th>
              {steps.map((many, column) => {
                const job = found.get(numbers[row * steps.length + column] as number);
                const name = `seed ${ofSeed}, guidance ${scale}, ${many} steps`;
                return (
                  <td key={many}>
                    {job?.status === "failed" ? (
                      <p class="problem">{job.error}</p>
                    ) : (
                      <PictureOf drawing={job?.drawings[0] ?? { step: 0, steps: 0 }} name={name} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
