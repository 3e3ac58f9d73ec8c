import { type Signal, signal } from "@preact/signals";
import type { JSX, TargetedPointerEvent } from "preact";
import { notice } from "../look/notice.tsx";
import { type Part, partBetween, type Start, squareOf, start } from "./start.ts";

/** Parts that can be chosen without a pointer. */
const named: Readonly<Record<string, Part | undefined>> = {
  "All of it": undefined,
  "The left half": { x: 0, y: 0, width: 0.5, height: 1 },
  "The right half": { x: 0.5, y: 0, width: 0.5, height: 1 },
  "The upper half": { x: 0, y: 0, width: 1, height: 0.5 },
  "The lower half": { x: 0, y: 0.5, width: 1, height: 0.5 },
  "The middle": { x: 0.25, y: 0.25, width: 0.5, height: 0.5 },
};
const own = "A part of your own";

/** Where a pointer went down. */
const corner: Signal<readonly [number, number] | undefined> = signal(undefined);

const change = (part: Partial<Start>): void => {
  if (start.value) start.value = { ...start.value, ...part };
};

async function open(file: File | undefined): Promise<void> {
  if (!file) return;
  try {
    start.value = { name: file.name, image: await squareOf(file), strength: 0.6, part: undefined };
  } catch {
    notice.value = { text: `${file.name} is no picture that this browser opens.` };
  }
}

/** A picture that drawing begins from, how much of the way, and which part of it is drawn. */
export function StartField(): JSX.Element {
  const begun = start.value;
  if (!begun)
    return (
      <label class="file begin">
        <input type="file" accept="image/*" onChange={({ currentTarget }) => void open(currentTarget.files?.[0])} />
        <span>
          <u>Begin from a picture</u>, and draw all of it or a part anew.
        </span>
      </label>
    );
  const { name, strength, part } = begun;
  const choice = Object.keys(named).find((one) => JSON.stringify(named[one]) === JSON.stringify(part)) ?? own;
  return (
    <fieldset class="begin">
      <legend>From {name}</legend>
      <Frame begun={begun} />
      <div class="stack">
        <label class="field">
          <span>
            Strength <small class="quiet">{Math.round(100 * strength)} %</small>
          </span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={strength}
            onInput={({ currentTarget }) => change({ strength: currentTarget.valueAsNumber })}
          />
        </label>
        <label class="field">
          <span>Drawn anew</span>
          <select value={choice} onChange={({ currentTarget }) => change({ part: named[currentTarget.value] })}>
            {[...Object.keys(named), ...(choice === own ? [own] : [])].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          onClick={() => {
            start.value = undefined;
          }}
        >
          Without a picture
        </button>
      </div>
    </fieldset>
  );
}

/** The picture, over which a part is drawn with a pointer. */
function Frame({ begun: { image, part } }: { readonly begun: Start }): JSX.Element {
  const at = ({ currentTarget, clientX, clientY }: TargetedPointerEvent<HTMLDivElement>): [number, number] => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };
  const share = (value: number): string => `${100 * value}%`;
  return (
    <div
      class="frame"
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        corner.value = at(event);
        change({ part: undefined });
      }}
      onPointerMove={(event) => corner.value && change({ part: partBetween(corner.value, at(event)) })}
      onPointerUp={() => {
        corner.value = undefined;
      }}
    >
      <img
        src={image}
        alt="What drawing begins from; drag over it to choose the part that is drawn anew."
        draggable={false}
      />
      {part && (
        <i style={{ left: share(part.x), top: share(part.y), width: share(part.width), height: share(part.height) }} />
      )}
    </div>
  );
}
