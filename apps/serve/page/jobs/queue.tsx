import type { JSX } from "preact";
import { about } from "../ask/form.ts";
import { stateOf } from "./job-card.tsx";
import { cancel, cancelAll, isOver, jobs } from "./jobs.ts";

/** Jobs that wait or are drawn, each to be given up. */
export function Queue(): JSX.Element {
  const open = jobs.value.filter((job) => !isOver(job));
  return (
    <details class="queue">
      <summary>{open.length === 0 ? "No jobs" : `${open.length} ${open.length === 1 ? "job" : "jobs"}`}</summary>
      <div class="card">
        {open.length === 0 && <p class="quiet">What you ask for waits here for its turn.</p>}
        <ul>
          {open.slice(0, 20).map((job) => (
            <li key={job.number} class="bar">
              <span class="name">{about(job.body)}</span>
              <span class="quiet">{stateOf(job)}</span>
              <button
                type="button"
                class="plain small"
                aria-label={`Cancel ${about(job.body)}`}
                onClick={() => cancel(job.number)}
              >
                Cancel
              </button>
            </li>
          ))}
        </ul>
        {open.length > 1 && (
          <button type="button" onClick={cancelAll}>
            Cancel all
          </button>
        )}
      </div>
    </details>
  );
}
