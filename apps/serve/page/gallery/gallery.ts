import { type Signal, signal } from "@preact/signals";
import { type Kept, withRoom } from "./kept.ts";

const place = "gmem-gallery";

/** Pictures that this browser keeps, newest first. */
export const gallery: Signal<readonly Kept[]> = signal(read());
/** Ids of at most two that are compared. */
export const compared: Signal<readonly string[]> = signal([]);

function read(): readonly Kept[] {
  try {
    return JSON.parse(localStorage.getItem(place) ?? "[]") as readonly Kept[];
  } catch {
    return []; // of an older page, or not ours
  }
}

function store(kept: readonly Kept[]): void {
  gallery.value = withRoom(kept);
  try {
    localStorage.setItem(place, JSON.stringify(gallery.value));
  } catch {
    gallery.value = gallery.value.slice(0, gallery.value.length >> 1); // the browser has less room than most
    localStorage.removeItem(place);
  }
}

export const keep = (pictures: readonly Omit<Kept, "at">[]): void =>
  store([...pictures.map((one) => ({ ...one, at: Date.now() })), ...gallery.value]);

export const forget = (ids: readonly string[]): void => {
  compared.value = compared.value.filter((id) => !ids.includes(id));
  store(gallery.value.filter(({ id }) => !ids.includes(id)));
};

/** Chooses a picture to compare, or takes it out; the older of three goes. */
export const compare = (id: string): void => {
  compared.value = compared.value.includes(id)
    ? compared.value.filter((one) => one !== id)
    : [...compared.value, id].slice(-2);
};
