import { extname } from "node:path";
import { readFormats } from "../decode/image-kind.ts";
import type { LeftOut } from "./left-out.ts";

const read = new Set("png jpg jpeg jpe jfif webp gif avif tif tiff".split(" "));

/** Pictures and films that are not read, by the end of their names. */
const unread: readonly (readonly [kind: string, advice: string, endings: string])[] = [
  ["HEIC", "not read; export it as JPEG", "heic heif hif"],
  [
    "camera raw",
    "not read; develop it to JPEG or TIFF",
    "3fr arw cr2 cr3 crw dcr dng erf iiq kdc mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f",
  ],
  ["film", "films are not read", "3gp avi m2ts m4v mkv mov mp4 mpeg mpg mts webm wmv"],
  ["SVG", "drawings are not read", "svg svgz"],
  ["of another format", readFormats, "ai apng bmp dds eps exr hdr ico j2k jp2 jxl pbm pcx pdf pgm pnm ppm psd tga xcf"],
];
const kinds = new Map(
  unread.flatMap(([kind, advice, endings]) => endings.split(" ").map((ending) => [ending, { kind, advice }] as const)),
);

/** Kinds of files that nobody expects among the pictures: a folder that holds some is not refused for them. */
export const expectedKinds: ReadonlySet<string> = new Set(["film", "no picture"]);

/** Why a file of this name is not opened; undefined for one that is. */
export function leftOutByName(file: string): LeftOut | undefined {
  const ending = extname(file).slice(1).toLowerCase();
  if (read.has(ending)) return undefined;
  const known = kinds.get(ending);
  if (known) return { file, kind: known.kind, reason: `${known.kind}: ${known.advice}` };
  return { file, kind: "no picture", reason: ending ? `no picture: its name ends in .${ending}` : "no picture" };
}
