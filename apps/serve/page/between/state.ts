import { type Signal, signal } from "@preact/signals";

/** The two ends of the slider: rows by number, or sums of names. */
export const ends: Signal<{ readonly from: string; readonly to: string }> = signal({ from: "", to: "" });
export const share: Signal<number> = signal(0.5);

/** A row where it is a number, else a sum. */
export function placeOf(text: string): number | string | undefined {
  const word = text.trim();
  if (word === "") return undefined;
  return /^#?\d+$/.test(word) ? Number(word.replace("#", "")) : word;
}
