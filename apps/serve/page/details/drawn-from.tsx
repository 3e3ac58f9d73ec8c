import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { bankOf, rowImage } from "../api/bank.ts";
import type { BankRow, ServedRun } from "../api/types.ts";
import { Remote } from "../look/remote.tsx";
import type { Shown } from "./shown.ts";

/** The picture behind the snippet, and the pictures of the memory that are nearest to what was drawn. */
export function DrawnFrom({
  picture: { url, row },
  run,
}: {
  readonly picture: Shown;
  readonly run: ServedRun;
}): JSX.Element {
  const [near, setNear] = useState<readonly BankRow[] | string>();
  useEffect(() => {
    setNear(undefined);
    bankOf(run.name)
      .search({ image: url.slice(url.indexOf(",") + 1), k: 6 })
      .then(setNear, (error: Error) => setNear(error.message));
  }, [url, run.name]);
  return (
    <>
      {typeof row === "number" && (
        <section>
          <h3>Its snippet</h3>
          <figure class="small">
            <Remote path={rowImage(run, row)} alt={`Picture of row ${row}`} />
            <figcaption>row {row}</figcaption>
          </figure>
        </section>
      )}
      <section>
        <h3>Nearest in the memory</h3>
        {typeof near === "string" ? (
          <p class="quiet">{near}</p>
        ) : (
          <div class="strip" aria-busy={near === undefined}>
            {(near ?? Array.from({ length: 6 })).map((one, i) => (
              <figure class="small" key={i}>
                {one ? <Remote path={rowImage(run, one.index)} alt={nameOf(one)} /> : <span class="pixel blank" />}
                <figcaption>
                  {one?.distance?.toFixed(3) ?? "…"}
                  {one && <small>row {one.index}</small>}
                </figcaption>
              </figure>
            ))}
          </div>
        )}
        <p class="quiet note">Distances of snippets: 1 − cosine.</p>
      </section>
    </>
  );
}

/** A row in words. */
export const nameOf = ({ index, label, source }: BankRow): string =>
  [`row ${index}`, label, source].filter((part) => part !== null && part !== "").join(", ");
