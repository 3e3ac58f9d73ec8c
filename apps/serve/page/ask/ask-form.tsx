import type { JSX } from "preact";
import type { ServedRun } from "../api/types.ts";
import { openFile } from "../look/drop.tsx";
import { NumberField, TextField } from "../look/field.tsx";
import { type Way, waysOf } from "./form.ts";
import { replaced } from "./replaced.ts";
import { SeedField } from "./seed-field.tsx";
import { StartField } from "./start-field.tsx";
import { edit, form, mistake, nearest, run, submit } from "./state.ts";

const wayNames: Readonly<Record<Way, string>> = {
  text: "Text",
  rows: "Rows",
  expression: "Sum",
  label: "Class",
  noise: "Any",
};

/** What is drawn, and how. */
export function AskForm(): JSX.Element | null {
  const known = run.value;
  if (!known) return null;
  const { way, count, first, steps, guidance } = form.value;
  return (
    <form
      class="card ask"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <fieldset class="ways">
        <legend class="hidden">Drawn from</legend>
        {waysOf(known).map((one) => (
          <label key={one}>
            <input type="radio" name="way" checked={way === one} onChange={() => edit({ way: one })} />
            <span>{wayNames[one]}</span>
          </label>
        ))}
      </fieldset>
      <WayField known={known} way={way} />
      {mistake.value && (
        <p class="problem" id="mistake" role="alert">
          {mistake.value}
        </p>
      )}
      {nearest.value.length > 0 && <Nearest names={nearest.value} />}
      <div class="numbers">
        <NumberField label="Pictures" value={count} least={1} most={64} set={(value = 1) => edit({ count: value })} />
        <SeedField />
        {first > 0 && (
          <NumberField
            label="From picture"
            value={first}
            least={0}
            most={1_000_000}
            set={(value = 0) => edit({ first: value })}
          />
        )}
        <NumberField
          label="Steps"
          value={steps}
          least={1}
          most={1000}
          usual={known.sampler.steps}
          set={(value) => edit({ steps: value })}
        />
        <NumberField
          label="Guidance"
          value={guidance}
          least={0}
          most={100}
          step="any"
          usual={known.sampler.cfg}
          set={(value) => edit({ guidance: value })}
        />
      </div>
      <StartField />
      <div class="bar">
        <button type="submit" class="main">
          Draw
        </button>
        <button
          type="button"
          onClick={() => {
            edit({ seed: Math.floor(Math.random() * 2 ** 31), first: 0 });
            void submit();
          }}
        >
          Another seed
        </button>
      </div>
      <label class="file">
        <input type="file" accept="image/*" onChange={({ currentTarget }) => openFile(currentTarget.files?.[0])} />
        <span>
          Drop a picture anywhere, or <u>open one</u>: {known.bank ? "a new one joins the memory, " : ""}one made here
          gives its settings back.
        </span>
      </label>
    </form>
  );
}

const wrong = (): string | undefined => (mistake.value ? "mistake" : undefined);

function WayField({ known, way }: { readonly known: ServedRun; readonly way: Way }): JSX.Element | null {
  const { text, rows, expression, label } = form.value;
  if (way === "noise")
    return <p class="quiet">{known.bank ? "The noise chooses rows of the memory." : "Whatever the noise becomes."}</p>;
  if (way === "text")
    return (
      <TextField
        label="What to draw"
        value={text}
        placeholder="a red heart"
        wrong={wrong()}
        set={(value) => edit({ text: value })}
      />
    );
  if (way === "rows")
    return (
      <TextField
        label="Rows of the memory"
        hint={`0 to ${(known.bank?.size ?? 1) - 1}`}
        value={rows}
        placeholder="3, 17, 20-23"
        wrong={wrong()}
        set={(value) => edit({ rows: value })}
      />
    );
  if (way === "expression")
    return (
      <TextField
        label="Sum of snippets"
        hint="names, or #row"
        value={expression}
        placeholder={known.classes.length > 1 ? `${known.classes[0]} + 0.5*${known.classes[1]}` : "#3 + 0.5*#17 - #20"}
        wrong={wrong()}
        set={(value) => edit({ expression: value })}
      />
    );
  return (
    <label class="field">
      <span>Class</span>
      <select value={label} onChange={({ currentTarget }) => edit({ label: currentTarget.value })}>
        <option value="">Choose</option>
        {known.classes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Names that may have been meant: each takes the place of the last word. */
const Nearest = ({ names }: { readonly names: readonly string[] }): JSX.Element => (
  <p class="nearest">
    Did you mean{" "}
    {names.map((name) => (
      <button
        key={name}
        type="button"
        onClick={() => edit({ expression: replaced(form.value.expression, name, mistake.peek()) })}
      >
        {name}
      </button>
    ))}
  </p>
);
