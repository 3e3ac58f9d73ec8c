import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { rowImage } from "../api/bank.ts";
import type { ServedRun } from "../api/types.ts";
import { edit, run, submit } from "../ask/state.ts";
import { ends } from "../between/state.ts";
import { Remote } from "../look/remote.tsx";
import { change, chosen, search } from "./bank.ts";

/** The most rows that are drawn from at once, as the server takes them. */
const most = 64;

/** What can be done with the rows that are chosen. */
export function Chosen(): JSX.Element {
  const rows = chosen.value;
  const [label, setLabel] = useState("");
  const known = run.value as ServedRun;
  const [first = 0, second = 0] = rows;
  const draw = (): void => {
    edit({ way: "rows", rows: rows.slice(0, most).join(", ") });
    location.hash = "draw";
    void submit();
  };
  return (
    <section class="card chosen" aria-label="Chosen rows">
      {rows.length === 0 ? (
        <p class="quiet">Draw a loop on the map, or choose rows: pictures are then drawn from these alone.</p>
      ) : (
        <>
          <div class="bar">
            <strong>{rows.length === 1 ? `Row ${first}` : `${rows.length} rows`}</strong>
            <button type="button" class="plain small right" onClick={() => (chosen.value = [])}>
              None
            </button>
          </div>
          <div class="strip">
            {rows.slice(0, 12).map((row) => (
              <Remote key={row} path={rowImage(known, row)} alt={`Row ${row}`} />
            ))}
          </div>
          <div class="bar">
            <button type="button" class="main" onClick={draw}>
              Draw from {rows.length === 1 ? "it" : rows.length > most ? `${most} of them` : "them"}
            </button>
            {rows.length === 1 && (
              <button type="button" onClick={() => search({ row: first })}>
                Find what is near
              </button>
            )}
            {rows.length === 2 && (
              <>
                <button
                  type="button"
                  onClick={() => {
                    ends.value = { from: `${first}`, to: `${second}` };
                    location.hash = "between";
                  }}
                >
                  Go between
                </button>
                <button
                  type="button"
                  onClick={() =>
                    change(
                      (bank, version) => bank.interpolate({ from: first, to: second, at: 0.5 }, version),
                      () => `The blend of rows ${first} and ${second} is added.`,
                    )
                  }
                >
                  Add their blend
                </button>
              </>
            )}
            {rows.length === 1 && (
              <button
                type="button"
                onClick={() =>
                  change(
                    (bank, version) => bank.remove(first, version),
                    () => `Row ${first} is removed.`,
                  )
                }
              >
                Remove
              </button>
            )}
          </div>
          {rows.length === 1 && (
            <form
              class="bar"
              onSubmit={(event) => {
                event.preventDefault();
                void change(
                  (bank, version) => bank.label(first, label, version),
                  () => `Row ${first} is a ${label} now.`,
                );
              }}
            >
              <input
                class="grow"
                type="text"
                aria-label="Class of the row"
                placeholder="Class"
                value={label}
                onInput={({ currentTarget }) => setLabel(currentTarget.value)}
              />
              <button type="submit" disabled={label.trim() === ""}>
                Label
              </button>
            </form>
          )}
        </>
      )}
    </section>
  );
}
