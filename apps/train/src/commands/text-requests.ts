import { readFile } from "node:fs/promises";
import { basename, normalize } from "node:path";
import { needsOf, type RunConfig } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import { commandLine } from "../terminal.ts";

/** The flags that say texts. */
export interface TextFlags {
  readonly text?: readonly string[];
  /** A file with a text on each line. */
  readonly texts?: string;
  /** Image files that the texts are mixed with. */
  readonly add?: readonly string[];
  /** Share of the images. */
  readonly weight?: number;
}

/** The texts of the flags, those of the file last; undefined without any. @throws {GMemError} code `CONFIG` */
export async function textsOf({
  text = [],
  texts: file,
  add,
  weight,
}: TextFlags): Promise<readonly string[] | undefined> {
  const lines = file === undefined ? [] : (await linesOf(file)).map((line) => line.trim()).filter(Boolean);
  const all = [...text, ...lines];
  if (file !== undefined && lines.length === 0)
    refuse(`--texts needs a file with a text on each line, got none in ${file}`);
  if (add && all.length === 0)
    refuse("--add mixes images with texts, got no text; give --text, or add images by `bank add`");
  if (weight !== undefined && !add) refuse("--weight is the share of --add's images, got none; leave it out");
  if (weight !== undefined && !(weight >= 0 && weight <= 1)) refuse(`--weight must be in 0 … 1, got ${weight}`);
  const empty = text.findIndex((one) => one.trim() === "");
  if (empty >= 0) refuse(`--text must say something, got "${text[empty]}"`);
  return all.length > 0 ? all : undefined;
}

async function linesOf(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, "utf8")).split(/\r?\n/);
  } catch (cause) {
    throw new GMemError("CONFIG", `sample: --texts must be a file of texts, got ${file}, which cannot be read`, {
      cause,
    });
  }
}

/** A run that is conditioned on text is asked by texts, and no other. @throws {GMemError} code `CONFIG` */
export function checkTexts(
  folder: string,
  { conditioner }: RunConfig,
  given: { readonly texts: boolean; readonly others: boolean },
): void {
  const takes = needsOf(conditioner).text === true;
  if (given.texts && !takes)
    refuse(
      `--text is for runs that are conditioned on text, got conditioner.kind=${conditioner.kind}; ${withText(folder, conditioner)}`,
    );
  if (takes && !given.texts && !given.others)
    refuse(`${folder} draws what is said, got no text; give --text "a red circle", several of them, or --texts FILE`);
}

/** How a run comes to texts: its own settings and captions, its network as it is. */
function withText(folder: string, conditioner: RunConfig["conditioner"]): string {
  if (conditioner.kind !== "memory-bank")
    return "train a run with conditioner.kind=memory-bank, and one with text that begins with it";
  const settings = ["kind=t2s", "loss=snippet-regression"].map((setting) => `conditioner.${setting}`);
  const command = commandLine(
    ...["run", folder, `name=${basename(normalize(folder))}-text`, `start.run=${folder}`],
    ...settings,
    ...["textEncoder.kind=hashed-words", "train.only=t2s", "batch=64", "optimizer.lr=1e-3"],
  );
  return `where its pictures have captions, train one with \`${command}\``;
}

/** Texts as part of a file name: letters and digits of the first, and how many there are. */
export function slug(texts: readonly string[]): string {
  const [first = ""] = texts;
  const words = first
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  return [words.slice(0, 40) || "text", texts.length > 1 ? `and-${texts.length - 1}-more` : ""]
    .filter(Boolean)
    .join("-");
}

function refuse(rule: string): never {
  throw new GMemError("CONFIG", `sample: ${rule}`);
}
