import type { JSX } from "preact";
import { rowImage } from "../api/bank.ts";
import type { BankRow, ServedRun } from "../api/types.ts";
import { run } from "../ask/state.ts";
import { nameOf } from "../details/drawn-from.tsx";
import { Remote } from "../look/remote.tsx";
import { chosen } from "./bank.ts";

/** Chooses a row, or takes it out. */
export const toggle = (row: number): void => {
  chosen.value = chosen.value.includes(row) ? chosen.value.filter((one) => one !== row) : [...chosen.value, row];
};

/** Rows by their pictures; each can be chosen. */
export function RowGrid({ rows }: { readonly rows: readonly BankRow[] }): JSX.Element {
  const known = run.value as ServedRun;
  if (rows.length === 0) return <p class="empty quiet">No row is so.</p>;
  return (
    <ul class="rows">
      {rows.map((row) => (
        <li key={row.index}>
          <button
            type="button"
            class="row"
            aria-pressed={chosen.value.includes(row.index)}
            aria-label={nameOf(row)}
            title={nameOf(row)}
            onClick={() => toggle(row.index)}
          >
            <Remote path={rowImage(known, row.index)} alt="" />
            <span class="row-name">
              {row.index}
              {row.distance !== undefined && <small> {row.distance.toFixed(2)}</small>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
