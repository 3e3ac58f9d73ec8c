/** Formats that are decoded. */
export type ImageKind = "jpeg" | "png" | "webp" | "gif" | "avif" | "tiff";

/** What is read, for those who come with something else. */
export const readFormats = "read are PNG, JPEG, WebP, GIF, AVIF and TIFF";

/** What is not decoded: what it is, for counting, and more about it. */
export interface OtherKind {
  readonly other: string;
  readonly detail?: string;
}

/** Bytes at the beginning of a file that tell what it is. */
const headLength = 1024;

const starts: readonly (readonly [string, ImageKind])[] = [
  ["\xff\xd8\xff", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["GIF87a", "gif"],
  ["GIF89a", "gif"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
  ["II+\0", "tiff"],
  ["MM\0+", "tiff"],
];
/** Formats that are known and not read. */
const others: readonly (readonly [string, string])[] = [
  ["BM", "BMP"],
  ["8BPS", "Photoshop"],
  ["%PDF", "PDF"],
  ["\0\0\x01\0", "ICO"],
  ["\xff\x0a", "JPEG XL"],
  ["\0\0\0\x0cJXL ", "JPEG XL"],
  ["\0\0\0\x0cjP  ", "JPEG 2000"],
  ["\xff\x4f\xff\x51", "JPEG 2000"],
  ["v/1\x01", "OpenEXR"],
  ["DDS ", "DDS"],
];
const heic: readonly string[] = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];

/** What the bytes are, whatever the file is called. Nothing is parsed. */
export function imageKind(bytes: Uint8Array): { readonly kind: ImageKind } | OtherKind {
  if (bytes.length === 0) return { other: "empty" };
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headLength)).toString("latin1");
  const found = kindOf(head);
  // signatures that are text may stand before a drawing, which a decoder would take it for
  const isText = found !== "jpeg" && found !== "png";
  if (isText && /<svg/i.test(head)) return { other: "SVG", detail: "drawings are not read" };
  if (found) return { kind: found };
  if (head.startsWith("ftyp", 4)) return otherBox(head);
  if (!head.includes("\0")) return { other: "text", detail: "no picture" };
  return { other: others.find(([start]) => head.startsWith(start))?.[1] ?? "unknown format", detail: readFormats };
}

function kindOf(head: string): ImageKind | undefined {
  if (head.startsWith("RIFF") && head.startsWith("WEBPVP8", 8)) return "webp";
  if (brands(head).some((brand) => brand === "avif" || brand === "avis")) return "avif";
  return starts.find(([start]) => head.startsWith(start))?.[1];
}

const otherBox = (head: string): OtherKind =>
  brands(head).some((brand) => heic.includes(brand))
    ? { other: "HEIC", detail: "not read; export it as JPEG" }
    : { other: "film", detail: "films are not read" };

/** Brands that an ISO media file names in its first box; none for other files. */
function brands(head: string): readonly string[] {
  if (!head.startsWith("ftyp", 4)) return [];
  return head.slice(8, head.charCodeAt(2) * 256 + head.charCodeAt(3)).match(/.{4}/gs) ?? [];
}
