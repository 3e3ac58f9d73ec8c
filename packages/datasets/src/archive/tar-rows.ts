import { open } from "node:fs/promises";
import { basename, posix } from "node:path";
import { captionsOfRow, captionsOfText, mostCaptionBytes, textOf } from "../captions/captions-of-row.ts";
import { leftOutByName } from "../folder/file-kinds.ts";
import type { LeftOut } from "../folder/left-out.ts";
import type { PackedPicture, PackedPictures } from "./packed-pictures.ts";
import { indexTar, readAt, type TarMember } from "./tar-index.ts";

/** One sample of a shard: members of one name that differ after its first dot. */
type Sample = Map<string, TarMember>;

/**
 * The samples of a webdataset shard: `NAME.jpg` with `NAME.txt` (captions, one a line), `NAME.json` (an object with `text`,
 * `caption`, `captions` or `prompt`) and `NAME.cls` (a class number).
 * @throws {GMemError} code `FORMAT` as {@link indexTar}.
 */
export async function tarPictures(path: string): Promise<PackedPictures> {
  const { members, leftOut: unread } = await indexTar(path);
  const shard = basename(path);
  const leftOut = unread.map((one) => ({ ...one, file: `${shard}/${one.file}` }));
  const samples = new Map<string, Sample>();
  for (const member of members) {
    const folder = posix.dirname(member.name);
    const [stem = "", ...rest] = posix.basename(member.name).split(".");
    const name = posix.join(folder, stem);
    const ending = rest.join(".").toLowerCase();
    const sample = samples.get(name);
    if (sample) sample.set(ending, member);
    else samples.set(name, new Map([[ending, member]]));
  }
  const pictures: PackedPicture[] = [];
  const file = await open(path, "r");
  try {
    for (const sample of samples.values()) {
      const picture = [...sample.values()].find(({ name }) => !leftOutByName(name));
      const text = async (member: TarMember): Promise<string | undefined> => {
        if (member.size > mostCaptionBytes) return undefined;
        return textOf(await readAt(file, member.offset, member.size));
      };
      if (picture) pictures.push(await pictureOf(picture, { sample, path, leftOut, text }));
      else
        for (const { name } of sample.values())
          leftOut.push({ ...(leftOutByName(name) as LeftOut), file: `${shard}/${name}` });
    }
  } finally {
    await file.close();
  }
  return { pictures, leftOut };
}

interface Around {
  readonly sample: Sample;
  readonly path: string;
  readonly leftOut: LeftOut[];
  text(member: TarMember): Promise<string | undefined>;
}

async function pictureOf(
  { name, offset, size }: TarMember,
  { sample, path, leftOut, text }: Around,
): Promise<PackedPicture> {
  const shard = basename(path);
  const read = async <T>(ending: string, parse: (text: string) => T | undefined): Promise<T | undefined> => {
    const member = sample.get(ending);
    if (!member) return undefined;
    const found = await text(member);
    const value = found === undefined ? undefined : parse(found);
    if (value === undefined)
      leftOut.push({
        file: `${shard}/${member.name}`,
        kind: "unreadable text",
        reason: `unreadable text: no ${ending} of at most ${mostCaptionBytes} bytes in UTF-8`,
      });
    return value;
  };
  const captions = [...((await read("txt", captionsOfText)) ?? []), ...((await read("json", captionsOfJson)) ?? [])];
  const label = await read("cls", (words) => (/^\d{1,6}$/.test(words.trim()) ? Number(words) : undefined));
  return {
    file: `${shard}/${name}`,
    bytes: size,
    captions: [...new Set(captions)],
    ...(label !== undefined && { label }),
    async read() {
      const handle = await open(path, "r");
      try {
        return await readAt(handle, offset, size);
      } finally {
        await handle.close();
      }
    },
  };
}

function captionsOfJson(text: string): readonly string[] | undefined {
  try {
    const row: unknown = JSON.parse(text);
    return typeof row === "object" && row !== null ? captionsOfRow(row as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
