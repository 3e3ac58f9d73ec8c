import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { about } from "../ask/form.ts";
import { recall, runs } from "../ask/state.ts";
import { compare, compared, gallery } from "../gallery/gallery.ts";
import { CopyAs } from "./copy-as-buttons.tsx";
import { DrawnFrom } from "./drawn-from.tsx";
import { Settings } from "./settings.tsx";
import { type Shown, shown } from "./shown.ts";

/** A picture, large, with what it was drawn from, what is near it, and what can be done with it. */
export function Details(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const picture = shown.value;
  useEffect(() => {
    if (picture) dialog.current?.showModal();
    else dialog.current?.close();
  }, [picture]);
  return (
    <dialog ref={dialog} class="details" aria-label="A picture" onClose={() => (shown.value = undefined)}>
      {picture && <Inside picture={picture} />}
    </dialog>
  );
}

const close = (): void => {
  shown.value = undefined;
};

function Inside({ picture }: { readonly picture: Shown }): JSX.Element {
  const { url, settings } = picture;
  const kept = gallery.value.find((one) => one.url === url);
  const known = runs.value.find(({ name }) => name === settings.run);
  return (
    <>
      <header>
        <h2>{about(settings)}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      <div class="inside">
        <div>
          <img class="pixel large" src={url} alt={about(settings)} />
          <div class="bar">
            <button
              type="button"
              class="main"
              onClick={() => {
                recall(settings);
                close();
              }}
            >
              Use its settings
            </button>
            <a
              class="button"
              href={url}
              download={`${about(settings).replaceAll(/\W+/g, "-")}-${settings.seed ?? 0}.png`}
            >
              Save PNG
            </a>
            {kept && (
              <button type="button" aria-pressed={compared.value.includes(kept.id)} onClick={() => compare(kept.id)}>
                Compare
              </button>
            )}
          </div>
        </div>
        <div>
          {known?.bank && <DrawnFrom picture={picture} run={known} />}
          <Settings settings={settings} bankVersion={picture.bankVersion} />
          <CopyAs settings={settings} />
        </div>
      </div>
    </>
  );
}
