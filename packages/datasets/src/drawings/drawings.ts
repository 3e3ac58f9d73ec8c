import type { ImageExample } from "@gmem/spec";
import { checkOptions, GMemError, type OptionTable } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import type { LabelledDataset } from "../labelled-dataset.ts";
import { type RgbImage, toArray } from "../resize/rgb-image.ts";
import { rowAt } from "../rows-that-are-there.ts";
import { captionsOfDrawing } from "./captions-of-drawing.ts";
import { type Concept, readConcepts } from "./concepts.ts";
import { type Credit, type IconSet, openIconSets } from "./icon-set.ts";
import { oversize, renderDrawing } from "./render-drawing.ts";
import { stylesOf } from "./styles.ts";

export interface DrawingsOptions {
  /** Names of icon sets, such as "noto" or "openmoji"; default those of MIT and Apache licences. */
  readonly sets?: readonly string[];
  /** Width and height in pixels, 8 or more; default 16. */
  readonly size?: number;
  /** What a drawing stands on, `#rrggbb`; default white. */
  readonly background?: string;
  /** What the label of a drawing is: its concept (the default) or its style. */
  readonly labels?: "concepts" | "styles";
}

const table: OptionTable<DrawingsOptions> = {
  sets: "optional",
  size: "optional",
  background: "optional",
  labels: "optional",
};

/** One drawing: its id is "style/concept". */
export interface DrawingExample extends ImageExample {
  readonly label: number;
  readonly captions: readonly string[];
}

/** Drawings of concepts in styles. */
export interface Drawings extends LabelledDataset<DrawingExample> {
  readonly concepts: readonly Concept[];
  /** Names of the sets. */
  readonly styles: readonly string[];
  /** Index in `concepts` of each drawing, [length]. */
  readonly conceptOf: Int32Array;
  /** Index in `styles` of each drawing, [length]. */
  readonly styleOf: Int32Array;
  /** Who drew them, and on what terms. */
  readonly credits: readonly Credit[];
  /** Changes with the sets, their versions and how they are drawn. */
  readonly contentId: string;
  captionsAt(index: number): Promise<readonly string[]>;
}

/** Pixels kept in memory, so that a drawing is made once: 512 MiB. */
const KEEP_BYTES = 2 ** 29;

/**
 * Captioned drawings from the npm packages of icon sets (`@iconify-json/…`), named by Unicode (`unicode-emoji-json`) and
 * `emojilib`: the user installs them. Each concept is drawn in every set that has it, set after set, with several captions.
 * Flags, gendered people, keycaps, clocks and buttons of words are left out. Drawings are made when they are asked for.
 * @throws {GMemError} code `CONFIG` naming the packages to install, and for options that cannot be; code `INVALID_REQUEST` for
 * an index outside.
 * @example
 * // no-run
 * const data = await drawings({ sets: ["noto", "openmoji"], size: 32 });
 * const { image, captions, id } = await data.at(0); // [3,32,32]; ["grinning face", …]; "noto/grinning-face"
 * data.credits; // [{ package: "@iconify-json/noto", licence: "Apache-2.0", author: "Google Inc", … }, …]
 */
export async function drawings(options: DrawingsOptions = {}): Promise<Drawings> {
  checkOptions("drawings", options, table);
  const { size = 16, background = "#ffffff", labels: kind = "concepts" } = options;
  if (!Number.isSafeInteger(size) || size < 8)
    throw new GMemError("CONFIG", `drawings: size must be a whole number of pixels of 8 or more, got ${size}`);
  if (!/^#[0-9a-f]{6}$/i.test(background))
    throw new GMemError("CONFIG", `drawings: background must be a colour such as #ffffff, got "${background}"`);
  const sets = await openIconSets(stylesOf(options.sets));
  const all = await readConcepts();
  const pictures = sets.flatMap((set) =>
    all.flatMap((concept) => {
      const svg = set.svg(concept, oversize * size);
      return svg === undefined ? [] : [{ set, concept, svg }];
    }),
  );
  const drawn = new Set(pictures.map(({ concept }) => concept));
  const concepts = all.filter((concept) => drawn.has(concept));
  const place = new Map(concepts.map((concept, i) => [concept, i]));
  const conceptOf = Int32Array.from(pictures, ({ concept }) => place.get(concept) as number);
  const styleOf = Int32Array.from(pictures, ({ set }) => sets.indexOf(set));
  const labels = kind === "styles" ? styleOf : conceptOf;
  const styles = sets.map(({ name }) => name);
  const made = sets.map(({ credit }) => `${credit.package}@${credit.version}`);
  const kept = new Map<number, RgbImage>();
  const most = KEEP_BYTES / (3 * size * size);
  const pictureAt = (index: number): (typeof pictures)[number] => rowAt("drawings", pictures, index);
  const idOf = ({ set, concept }: { readonly set: IconSet; readonly concept: Concept }): string =>
    `${set.name}/${concept.name}`;
  return {
    name: `drawings:${styles.join(",")}-${size}`,
    length: pictures.length,
    classes: kind === "styles" ? styles : concepts.map(({ name }) => name),
    labels,
    concepts,
    styles,
    conceptOf,
    styleOf,
    credits: sets.map(({ credit }) => credit),
    contentId: textHash([...made, ...pictures.map(idOf), `${size} ${background}`]),
    async at(index) {
      const picture = pictureAt(index);
      const id = idOf(picture);
      const image = kept.get(index) ?? (await renderDrawing(picture.svg, { size, background, name: id }));
      if (kept.size < most) kept.set(index, image);
      const captions = captionsOfDrawing(picture.concept, picture.set);
      return { image: toArray(image), label: labels[index] as number, captions, id };
    },
    async captionsAt(index) {
      const { concept, set } = pictureAt(index);
      return captionsOfDrawing(concept, set);
    },
  };
}
