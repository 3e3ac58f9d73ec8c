import { GMemError } from "@gmem/tensor";
import type { Concept } from "./concepts.ts";
import { type PeerFile, peerFiles } from "./read-peers.ts";
import { packageOf, type Style } from "./styles.ts";

/** Who drew a set, and on what terms. */
export interface Credit {
  readonly package: string;
  readonly version: string;
  readonly author: string;
  /** SPDX. */
  readonly licence: string;
  readonly url: string;
}

/** One opened set. */
export interface IconSet extends Style {
  readonly credit: Credit;
  /** The drawing of a concept as SVG of so many pixels a side; undefined if the set has none. */
  svg(concept: Concept, pixels: number): string | undefined;
}

interface Box {
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}
interface Alias extends Box {
  readonly parent: string;
  readonly hFlip?: boolean;
  readonly vFlip?: boolean;
  readonly rotate?: number;
}
interface Icons extends Box {
  readonly icons: Readonly<Record<string, Box & { readonly body: string }>>;
  readonly aliases?: Readonly<Record<string, Alias>>;
}
interface Info {
  readonly author: { readonly name: string };
  readonly license: { readonly spdx?: string; readonly title: string; readonly url?: string };
}

/** @throws {GMemError} code `CONFIG` naming the packages that are not installed; code `FORMAT` for another file than Iconify's. */
export async function openIconSets(styles: readonly Style[]): Promise<IconSet[]> {
  const parts = ["icons", "info", "package"] as const;
  const files = peerFiles(styles.flatMap(({ name }) => parts.map((part) => `${packageOf(name)}/${part}.json`)));
  return Promise.all(
    styles.map((style, i) => openIconSet(style, files.slice(3 * i, 3 * i + 3) as [PeerFile, PeerFile, PeerFile])),
  );
}

async function openIconSet(
  style: Style,
  [icons, info, about]: readonly [PeerFile, PeerFile, PeerFile],
): Promise<IconSet> {
  const [set, { author, license }, { version }] = await Promise.all([
    icons.read<Icons>(),
    info.read<Info>(),
    about.read<{ readonly version: string }>(),
  ]);
  if (typeof set.icons !== "object")
    throw new GMemError("FORMAT", `drawings: ${icons.name} must hold Iconify's icons; install the package again`);
  const chars = await codesIn(style);
  return {
    ...style,
    credit: {
      package: packageOf(style.name),
      version,
      author: author.name,
      licence: license.spdx ?? license.title,
      url: license.url ?? "",
    },
    svg(concept, pixels) {
      const found = [concept.name, chars[concept.codes]].find((name) => name !== undefined && has(set, name));
      return found === undefined ? undefined : svgOf(set, found, pixels);
    },
  };
}

/** Icon names by code points, in sets that have them: names of concepts change with Unicode's versions. */
async function codesIn(style: Style): Promise<Readonly<Record<string, string>>> {
  try {
    const [file] = peerFiles([`${packageOf(style.name)}/chars.json`]);
    return (await file?.read<Readonly<Record<string, string>>>()) ?? {};
  } catch {
    return {}; // sets that are no longer drawn have none
  }
}

const has = ({ icons, aliases = {} }: Icons, name: string): boolean =>
  Object.hasOwn(icons, name) || Object.hasOwn(aliases, name);

/** A whole document of one icon; an alias is its parent, turned. */
function svgOf(set: Icons, name: string, pixels: number): string | undefined {
  const alias = Object.hasOwn(set.aliases ?? {}, name) ? set.aliases?.[name] : undefined;
  const icon = set.icons[alias?.parent ?? name];
  if (!icon) return undefined;
  const { left = 0, top = 0, width = 16, height = 16 } = { ...set, ...icon, ...alias };
  const [x, y] = [left + width / 2, top + height / 2];
  const turns = [
    ...(alias?.rotate ? [`rotate(${90 * alias.rotate} ${x} ${y})`] : []),
    ...(alias?.hFlip ? [`translate(${2 * x} 0) scale(-1 1)`] : []),
    ...(alias?.vFlip ? [`translate(0 ${2 * y}) scale(1 -1)`] : []),
  ];
  const body = turns.length > 0 ? `<g transform="${turns.join(" ")}">${icon.body}</g>` : icon.body;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${pixels}" height="${pixels}" viewBox="${left} ${top} ${width} ${height}">${body}</svg>`;
}
