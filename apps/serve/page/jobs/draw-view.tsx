import type { JSX } from "preact";
import { AskForm } from "../ask/ask-form.tsx";
import { run } from "../ask/state.ts";
import { JobCard } from "./job-card.tsx";
import { type Job, jobs } from "./jobs.ts";

/** The form beside what it has drawn. */
export function DrawView(): JSX.Element {
  const isRefused = ({ id, status }: Job): boolean => status === "failed" && id === undefined; // the form says why
  const shown = jobs.value.filter((job) => !job.isAside && !isRefused(job)).slice(0, 30);
  return (
    <div class="two">
      <div class="side">
        <h2 class="hidden">Ask</h2>
        <AskForm />
      </div>
      <section aria-label="Pictures">
        <h2 class="hidden">Pictures</h2>
        {shown.length === 0 ? <Empty /> : shown.map((job) => <JobCard key={job.number} job={job} />)}
      </section>
    </div>
  );
}

const Empty = (): JSX.Element => (
  <div class="empty">
    <p>Nothing is drawn yet.</p>
    <p class="quiet">
      {run.value?.text
        ? "Say what to draw, such as a red heart."
        : run.value?.bank
          ? "Choose rows of the memory, write a sum of names, or let the noise choose."
          : "Press Draw."}
    </p>
  </div>
);
