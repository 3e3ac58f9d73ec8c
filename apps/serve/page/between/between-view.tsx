import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { rowImage } from "../api/bank.ts";
import type { SampleBody, ServedRun } from "../api/types.ts";
import { SeedField } from "../ask/seed-field.tsx";
import { form, run } from "../ask/state.ts";
import { PictureOf } from "../jobs/job-card.tsx";
import { begin, cancel, jobs } from "../jobs/jobs.ts";
import { TextField } from "../look/field.tsx";
import { Remote } from "../look/remote.tsx";
import { ends, placeOf, share } from "./state.ts";

/** Pictures of the strip. */
const strip = 9;
/** Milliseconds of rest before what was typed or moved is drawn. */
const rest = 350;

/** A slider between two snippets, above a strip of the way between them. */
export function BetweenView(): JSX.Element {
  const known = run.value;
  const [from, to] = [placeOf(ends.value.from), placeOf(ends.value.to)];
  const { seed, steps, guidance } = form.value;
  const settings: SampleBody = {
    run: known?.name,
    seed,
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
  };
  const isSaid = known?.bank !== undefined && from !== undefined && to !== undefined;
  const interpolate = isSaid ? { from, to } : undefined;
  const path = useDrawn(interpolate && { ...settings, interpolate, count: strip });
  const exact = useDrawn(interpolate && { ...settings, interpolate: { ...interpolate, at: share.value }, count: 1 });
  if (!known?.bank) return <p class="empty quiet">This run has no memory to go between.</p>;
  const any = (): string => `${Math.floor(Math.random() * (known.bank?.size ?? 1))}`;
  const failed = [path, exact].find((job) => job?.status === "failed")?.error;
  const blank = { step: 0, steps: 0 };
  return (
    <div class="between">
      <div class="card">
        <div class="ends">
          <End label="From" value={ends.value.from} set={(value) => (ends.value = { ...ends.value, from: value })} />
          <End label="To" value={ends.value.to} set={(value) => (ends.value = { ...ends.value, to: value })} />
          <SeedField />
          <button type="button" onClick={() => (ends.value = { from: any(), to: any() })}>
            Any two
          </button>
        </div>
      </div>
      {failed && (
        <p class="problem" role="alert">
          {failed}
        </p>
      )}
      <div class="stage">
        <PictureOf
          drawing={exact?.drawings[0] ?? path?.drawings[Math.round(share.value * (strip - 1))] ?? blank}
          name={`${Math.round(100 * share.value)} % of the way`}
        />
      </div>
      <label class="slider">
        <span class="hidden">Share of the second snippet</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.01}
          value={share.value}
          disabled={!isSaid}
          aria-valuetext={`${Math.round(100 * share.value)} percent of the second`}
          onInput={({ currentTarget }) => (share.value = currentTarget.valueAsNumber)}
        />
        <output>{Math.round(100 * share.value)} %</output>
      </label>
      <div class="way" style={{ "--strip": strip }}>
        {(path?.drawings ?? Array.from({ length: strip }, () => blank)).map((drawing, i) => (
          <PictureOf key={i} drawing={drawing} name={`${Math.round((100 * i) / (strip - 1))} % of the way`} />
        ))}
      </div>
    </div>
  );
}

function End({
  label,
  value,
  set,
}: {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
}): JSX.Element {
  const place = placeOf(value);
  const known = run.value as ServedRun;
  return (
    <div class="end">
      <TextField label={label} hint="row or sum" value={value} placeholder="3" set={set} />
      {typeof place === "number" ? (
        <Remote path={rowImage(known, place)} alt={`Row ${place}`} />
      ) : (
        <span class="pixel blank" />
      )}
    </div>
  );
}

/** Draws a body whenever it has become another one and rested; what was drawn for an earlier one is given up. */
function useDrawn(body: SampleBody | undefined) {
  const [number, setNumber] = useState<number>();
  const last = useRef<number | undefined>(undefined);
  const key = JSON.stringify(body);
  useEffect(() => {
    if (!body) return;
    const wait = setTimeout(() => {
      if (last.current !== undefined) void cancel(last.current);
      last.current = begin(body, { isAside: true }).number;
      setNumber(last.current);
    }, rest);
    return () => clearTimeout(wait);
  }, [key]);
  return jobs.value.find((job) => job.number === number);
}
