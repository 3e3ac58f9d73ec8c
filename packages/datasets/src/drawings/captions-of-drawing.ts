import type { Concept } from "./concepts.ts";
import type { Style } from "./styles.ts";

/**
 * Captions of a drawing: the name of what it shows, in its style, with words that go with it, those words alone, and with
 * its group. All but the second are the same in every style.
 */
export function captionsOfDrawing({ words, keywords, group }: Concept, style: Style): readonly string[] {
  const some = keywords.slice(0, 3).join(", ");
  const captions = [
    words,
    `${words}, ${style.words}`,
    ...(some === "" ? [] : [`${words}, ${some}`, some]),
    `${words}, ${group.toLowerCase().replace("&", "and")}`,
  ];
  return [...new Set(captions)];
}
