import type { JSX } from "preact";
import type { SampleBody } from "../api/types.ts";

const names: Readonly<Partial<Record<keyof SampleBody, string>>> = {
  run: "Run",
  text: "Text",
  rows: "Rows",
  expression: "Sum",
  label: "Class",
  interpolate: "Between",
  seed: "Seed",
  first: "Picture of the seed",
  steps: "Steps",
  solver: "Solver",
  guidance: "Guidance",
  strength: "Strength",
};

/** A setting as people read it. */
export function saidOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, own]) => `${key} ${typeof own === "number" ? Number(own.toFixed(3)) : own}`)
    .join(", ");
}

/** The settings of a picture; those that are named are marked. */
export function Settings({
  settings,
  bankVersion,
  marked = [],
}: {
  readonly settings: SampleBody;
  readonly bankVersion: string | null;
  readonly marked?: readonly string[];
}): JSX.Element {
  const given = Object.entries(names).filter(([key]) => settings[key as keyof SampleBody] !== undefined);
  return (
    <dl class="settings">
      {given.map(([key, name]) => (
        <div key={key} class={marked.includes(key) ? "marked" : ""}>
          <dt>{name}</dt>
          <dd>{saidOf(settings[key as keyof SampleBody])}</dd>
        </div>
      ))}
      {bankVersion !== null && (
        <div>
          <dt>Memory</dt>
          <dd>version {bankVersion}</dd>
        </div>
      )}
    </dl>
  );
}
