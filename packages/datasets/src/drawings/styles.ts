import { didYouMean, GMemError } from "@gmem/tensor";

/** A set of drawings: one picture of each concept in one style. */
export interface Style {
  /** The set's name in Iconify, e.g. "noto". */
  readonly name: string;
  /** The style in words, for captions. */
  readonly words: string;
  /** Taken when no set is named: free of conditions on what is made of it (MIT, Apache-2.0). */
  readonly usual: boolean;
}

/** The sets that are known, by their SPDX licence at the time of writing. */
const styles: readonly Style[] = [
  { name: "noto", words: "shaded drawing", usual: true }, // Apache-2.0
  { name: "fluent-emoji-flat", words: "flat drawing", usual: true }, // MIT
  { name: "fluent-emoji-high-contrast", words: "black and white drawing", usual: true }, // MIT
  { name: "noto-v1", words: "old drawing", usual: true }, // Apache-2.0
  { name: "fluent-emoji", words: "glossy drawing", usual: false }, // MIT, 14 MB to download
  { name: "openmoji", words: "line drawing", usual: false }, // CC-BY-SA-4.0
  { name: "twemoji", words: "bold drawing", usual: false }, // CC-BY-4.0
  { name: "emojione", words: "round drawing", usual: false }, // CC-BY-4.0
];

export const packageOf = (style: string): string => `@iconify-json/${style}`;

/** The sets of these names; without names those that are usual. @throws {GMemError} code `CONFIG` for a name that is not known. */
export function stylesOf(names?: readonly string[]): readonly Style[] {
  if (!names) return styles.filter(({ usual }) => usual);
  const known = styles.map(({ name }) => name);
  if (names.length === 0 || new Set(names).size < names.length)
    throw new GMemError(
      "CONFIG",
      `drawings: sets must be one or more different names, got ${names.join(", ") || "none"}`,
    );
  return names.map((name) => {
    const found = styles.find((style) => style.name === name);
    if (found) return found;
    const advice = didYouMean(name, known) || ` Sets are ${known.join(", ")}.`;
    throw new GMemError("CONFIG", `drawings: a set must be one that is known, got "${name}".${advice}`);
  });
}
