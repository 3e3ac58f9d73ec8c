import { peerFiles } from "./read-peers.ts";

/** Something that is drawn in several styles. */
export interface Concept {
  /** E.g. "red-heart". */
  readonly name: string;
  /** E.g. "red heart". */
  readonly words: string;
  /** One of eight, e.g. "Animals & Nature". */
  readonly group: string;
  /** Words that go with it. */
  readonly keywords: readonly string[];
  /** Its Unicode code points in hexadecimal, without variation selectors, joined by "-". */
  readonly codes: string;
}

/** Of `unicode-emoji-json`. */
interface Named {
  readonly name: string;
  readonly slug: string;
  readonly group: string;
}

/** Why a concept is left out: its picture is writing, or one of many that differ by a detail below a pixel. */
const leftOut: readonly ((emoji: Named) => boolean)[] = [
  ({ group }) => group === "Flags",
  ({ group, name }) =>
    group === "People & Body" && /\b(wo)?m[ae]n\b|\b(boy|girl|mrs|mermaid|merman|family|prince|princess)\b/i.test(name),
  ({ name }) => /^keycap/.test(name),
  ({ name }) => /(o’clock|-thirty)$/.test(name),
  ({ group, name }) => group === "Symbols" && /^(Japanese “|input |[A-Z]+!? (button|arrow))/.test(name),
];

/** Every concept, in the order of Unicode's list: flags, gendered people, keycaps, clocks and buttons of words are left out. */
export async function readConcepts(): Promise<Concept[]> {
  const [list, more] = peerFiles(["unicode-emoji-json/data-by-emoji.json", "emojilib/dist/emoji-en-US.json"]);
  const named = (await list?.read<Readonly<Record<string, Named>>>()) ?? {};
  const keywords = (await more?.read<Readonly<Record<string, readonly string[]>>>()) ?? {};
  return Object.entries(named)
    .filter(([, emoji]) => !leftOut.some((isLeftOut) => isLeftOut(emoji)))
    .map(([emoji, { name, slug, group }]) => ({
      name: slug.replaceAll("_", "-"),
      words: name.toLowerCase(),
      group,
      keywords: (keywords[emoji] ?? []).filter(
        (word) => /^[a-z][a-z ]+$/.test(word) && !name.toLowerCase().includes(word),
      ),
      codes: codesOf(emoji),
    }));
}

/** As Iconify writes them, without variation selectors. */
const codesOf = (emoji: string): string =>
  Array.from(emoji, (sign) => (sign.codePointAt(0) as number).toString(16))
    .filter((code) => code !== "fe0f")
    .join("-");
