import type { BrowserFacts } from "@gmem/runs/browser";
import { type JSX, render } from "preact";
import { Picture } from "./picture.tsx";
import { Rows } from "./rows.tsx";
import { count, device, draw, facts, gallery, isDrawing, label, open, problem, seed, text } from "./state.ts";
import "./page.css";

const devices = { webgpu: "on this machine's GPU", wasm: "on this machine's CPU" } as const;

function Page(): JSX.Element {
  const known = facts.value;
  return (
    <>
      <header>
        <h1>{known?.name ?? "GMem"}</h1>
        <p class="quiet" role="status">
          {device.value
            ? `Drawn by this page itself, ${devices[device.value]}.`
            : problem.value
              ? ""
              : "Loading the model …"}
        </p>
      </header>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {known && <Form known={known} />}
      <section class="gallery" aria-label="Pictures" aria-busy={isDrawing.value}>
        {gallery.value.map((drawn) => (
          <figure key={drawn}>
            <div class="pictures">
              {drawn.images.map((image, i) => (
                <Picture key={image} image={image} name={`${drawn.about}, seed ${drawn.seed}, picture ${i}`} />
              ))}
            </div>
            <figcaption>
              {drawn.about}{" "}
              <span class="quiet said">
                seed {drawn.seed} · {drawn.seconds.toFixed(1)} s
              </span>
            </figcaption>
          </figure>
        ))}
      </section>
    </>
  );
}

function Form({ known }: { readonly known: BrowserFacts }): JSX.Element {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draw();
      }}
    >
      <Condition known={known} />
      <div class="line">
        <NumberInput label="Pictures" value={count.value} most={64} least={1} set={(value) => (count.value = value)} />
        <NumberInput label="Seed" value={seed.value} most={2 ** 31} least={0} set={(value) => (seed.value = value)} />
        <button type="submit" class="main" disabled={isDrawing.value}>
          {isDrawing.value ? "Drawing …" : "Draw"}
        </button>
      </div>
    </form>
  );
}

function Condition({ known: { bank, classes, textEncoder } }: { readonly known: BrowserFacts }): JSX.Element | null {
  if (bank) return <Rows bank={bank} />;
  if (classes)
    return (
      <label>
        Class
        <select value={label.value} onChange={({ currentTarget }) => (label.value = +currentTarget.value)}>
          {classes.map((name, i) => (
            <option key={name} value={i}>
              {name}
            </option>
          ))}
        </select>
      </label>
    );
  if (!textEncoder) return null;
  return (
    <label>
      What to draw
      <input
        type="text"
        required
        placeholder="a red heart"
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
      />
    </label>
  );
}

interface NumberInputProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly set: (value: number) => void;
}

const NumberInput = ({ label: name, value, least, most, set }: NumberInputProps): JSX.Element => (
  <label>
    {name}
    <input
      type="number"
      min={least}
      max={most}
      value={value}
      onInput={({ currentTarget: { valueAsNumber: given } }) =>
        given >= least && given <= most && set(Math.floor(given))
      }
    />
  </label>
);

render(<Page />, document.getElementById("app") as HTMLElement);
open();
