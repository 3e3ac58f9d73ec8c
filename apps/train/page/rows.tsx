import type { BankFacts } from "@gmem/runs/browser";
import type { JSX, TargetedMouseEvent } from "preact";
import { row } from "./state.ts";

/** The pictures behind the rows, a sheet at a time; the number beside it is the keyboard's way. */
export function Rows({ bank }: { readonly bank: BankFacts }): JSX.Element {
  const { size, block, columns, pictures } = bank;
  const sheet = Math.floor(row.value / block);
  const sheets = Math.ceil(size / block);
  const within = Math.min(block, size - sheet * block);
  const lines = Math.ceil(within / columns);
  const place = row.value % block;
  const choose = (wanted: number): void => {
    if (Number.isInteger(wanted)) row.value = Math.min(size - 1, Math.max(0, wanted));
  };
  const pick = ({ currentTarget, clientX, clientY }: TargetedMouseEvent<HTMLImageElement>): void => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    const column = Math.min(columns - 1, Math.floor(((clientX - left) / width) * Math.min(columns, within)));
    const picked = Math.floor(((clientY - top) / height) * lines) * columns + column;
    if (picked < within) choose(sheet * block + picked);
  };
  const across = Math.min(columns, within);
  const mark = {
    left: `${(100 * (place % columns)) / across}%`,
    top: `${(100 * Math.floor(place / columns)) / lines}%`,
    width: `${100 / across}%`,
    height: `${100 / lines}%`,
  };
  return (
    <fieldset>
      <legend>Row of the memory bank</legend>
      <div class="line">
        <input
          type="number"
          aria-label="Row"
          min={0}
          max={size - 1}
          value={row.value}
          onInput={({ currentTarget }) => choose(currentTarget.valueAsNumber)}
        />
        <button type="button" onClick={() => choose(Math.floor(Math.random() * size))}>
          Any
        </button>
        <span class="quiet">of {size.toLocaleString("en")}</span>
      </div>
      {pictures && (
        <div class="sheet">
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the number above does the same by keyboard */}
          <img
            src={`model/rows/${sheet}.png`}
            alt={`Pictures of rows ${sheet * block} to ${sheet * block + within - 1}`}
            onClick={pick}
          />
          <span class="mark" style={mark} />
        </div>
      )}
      {sheets > 1 && (
        <div class="line">
          <button type="button" disabled={sheet === 0} onClick={() => choose((sheet - 1) * block)}>
            Earlier rows
          </button>
          <button type="button" disabled={sheet === sheets - 1} onClick={() => choose((sheet + 1) * block)}>
            Later rows
          </button>
        </div>
      )}
    </fieldset>
  );
}
