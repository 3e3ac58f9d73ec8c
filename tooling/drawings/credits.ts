import { join } from "node:path";
import { drawings } from "@gmem/datasets/drawings";
import { readRunConfig, runFiles } from "@gmem/runs";
import { writeFileAtomic } from "@gmem/weights";

/** Licences under which pictures may teach a model that is given away. */
const free = ["MIT", "Apache-2.0"];

/** Writes `credits.json` beside a model: whose pictures and captions it was trained on. @throws {Error} for other licences. */
export async function writeCredits(folder: string): Promise<void> {
  const { data } = readRunConfig(runFiles(folder)).config;
  const [name, sets] = String(data).split(":");
  if (name !== "drawings") throw new Error(`credits: the model must be trained on drawings, got ${data}`);
  const { credits } = await drawings(sets === undefined ? {} : { sets: sets.split(",") });
  const other = credits.find(({ licence }) => !free.includes(licence));
  if (other)
    throw new Error(`credits: pictures must be of ${free.join(" or ")}, got ${other.package}, ${other.licence}`);
  const captions = [
    { package: "unicode-emoji-json", licence: "MIT", what: "names and groups" },
    { package: "emojilib", licence: "MIT", what: "keywords" },
  ];
  await writeFileAtomic(join(folder, "credits.json"), `${JSON.stringify({ pictures: credits, captions }, null, 2)}\n`);
}
