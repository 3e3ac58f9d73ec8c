import type { JSX } from "preact";
import { about } from "../ask/form.ts";
import { Settings } from "../details/settings.tsx";
import { show } from "../details/shown.ts";
import { compare, compared, forget, gallery } from "./gallery.ts";
import { differences, type Kept } from "./kept.ts";

/** Pictures that this browser keeps, with their settings. */
export function GalleryView(): JSX.Element {
  const kept = gallery.value;
  const two = compared.value.flatMap((id) => kept.find((one) => one.id === id) ?? []);
  if (kept.length === 0)
    return <p class="empty quiet">Pictures that are drawn are kept here, in this browser alone.</p>;
  return (
    <div class="gallery">
      <div class="bar">
        <h2>
          {kept.length} {kept.length === 1 ? "picture" : "pictures"} <span class="quiet">kept in this browser</span>
        </h2>
        <button type="button" class="right" onClick={() => forget(kept.map(({ id }) => id))}>
          Forget all
        </button>
      </div>
      {two.length > 0 && <Compared pictures={two} />}
      <ul class="kept">
        {kept.map((one) => (
          <li key={one.id}>
            <button type="button" class="picture" onClick={() => show(one)} aria-label={`${nameOf(one)}: details`}>
              <img class="pixel" src={one.url} alt={nameOf(one)} loading="lazy" />
            </button>
            <div class="bar">
              <span class="name">{about(one.settings)}</span>
              <button
                type="button"
                class="plain small"
                aria-pressed={compared.value.includes(one.id)}
                aria-label={`Compare ${nameOf(one)}`}
                onClick={() => compare(one.id)}
              >
                Compare
              </button>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

const nameOf = ({ settings }: Kept): string => `${about(settings)}, seed ${settings.seed ?? 0}`;

/** Two pictures side by side, with what differs marked. */
function Compared({ pictures }: { readonly pictures: readonly Kept[] }): JSX.Element {
  const [one, other] = pictures;
  const marked = one && other ? differences(one.settings, other.settings) : [];
  return (
    <section class="card compared" aria-label="Compared">
      {pictures.map((kept) => (
        <figure key={kept.id}>
          <img class="pixel large" src={kept.url} alt={nameOf(kept)} />
          <figcaption>
            <Settings settings={kept.settings} bankVersion={kept.bankVersion} marked={marked} />
          </figcaption>
        </figure>
      ))}
      {pictures.length === 1 && <p class="quiet">Choose a second one to compare it with.</p>}
    </section>
  );
}
