import type { JSX } from "preact";
import { about } from "../ask/form.ts";
import { show } from "../details/shown.ts";
import { cancel, type Drawing, isOver, type Job } from "./jobs.ts";

/** A job and its pictures, as they come. */
export function JobCard({ job }: { readonly job: Job }): JSX.Element {
  const { number, body, drawings, status, error } = job;
  return (
    <article class="job" aria-busy={!isOver(job)}>
      <header>
        <h3>{about(body)}</h3>
        <span class="quiet">{stateOf(job)}</span>
        {!isOver(job) && (
          <button type="button" class="plain small" onClick={() => cancel(number)}>
            Cancel
          </button>
        )}
      </header>
      {status === "failed" ? (
        <p class="problem">{error}</p>
      ) : (
        status !== "cancelled" && (
          <div class="pictures">
            {drawings.map((drawing, i) => (
              <PictureOf key={i} drawing={drawing} name={`${about(body)}, picture ${i + 1}`} />
            ))}
          </div>
        )
      )}
    </article>
  );
}

/** What a job is at, in words. */
export function stateOf({ status, body, position, eta, drawings }: Job): string {
  const seed = `seed ${body.seed ?? 0}`;
  if (status === "queued" && position !== null && position > 0)
    return `${seed} · ${position} before it${eta === null ? "" : `, about ${Math.ceil(eta)} s`}`;
  if (status === "queued") return `${seed} · waiting`;
  if (status === "running") {
    const [done, all] = drawings.reduce(([a, b], { step, steps }) => [a + step, b + steps], [0, 0]);
    return `${seed} · ${Math.round((100 * done) / Math.max(1, all))} %`;
  }
  return status === "cancelled" ? `${seed} · cancelled` : seed;
}

/** A picture: blurred while it is drawn, a button once it is there. */
export function PictureOf({
  drawing: { url, facts, step, steps },
  name,
}: {
  readonly drawing: Drawing;
  readonly name: string;
}): JSX.Element {
  const share = steps === 0 ? 0 : step / steps;
  if (!url || !facts)
    return (
      <div class="picture coming" role="img" aria-label={`${name}, on its way`}>
        {url && <img class="pixel" src={url} alt="" />}
        <span class="progress" style={{ width: `${100 * share}%` }} />
      </div>
    );
  return (
    <button
      type="button"
      class="picture"
      onClick={() => show({ url, settings: facts.settings, row: facts.row, bankVersion: facts.bankVersion })}
      aria-label={`${name}: details`}
    >
      <img class="pixel" src={url} alt={name} />
    </button>
  );
}
