import { GMemError } from "@gmem/tensor";
import { jsonObject } from "./json-lines.ts";

/** One prompt of MJHQ-30K and where its picture lies. */
export interface MjhqPrompt {
  /** Key of the metadata, which names the picture. */
  readonly id: string;
  readonly category: string;
  readonly prompt: string;
  /** "animals/0a1b….png", as the reference has "animals/0a1b….jpg". */
  readonly image: string;
}

/** Names that stay inside of a folder. */
const plain = /^(?!\.)[\w.-]+$/;

/**
 * Prompts of `meta_data.json` of MJHQ-30K (Li et al. 2024): `{ "id": { "category", "prompt" } }`, in the file's order. The
 * published one has 3,000 of each of 10 categories.
 * @throws {GMemError} code `DATA` for no JSON, no prompts, or an entry without category or prompt, by its name, or whose name
 * is none of a file.
 * @example
 * const [{ image }] = mjhqPrompts('{"0a1b": {"category": "animals", "prompt": "an owl"}}'); // "animals/0a1b.png"
 */
export function mjhqPrompts(text: string): [MjhqPrompt, ...MjhqPrompt[]] {
  const found = Object.entries(jsonObject("mjhqPrompts", text)).map(([id, entry]: [string, unknown]): MjhqPrompt => {
    const { category, prompt } = (entry ?? {}) as { readonly category?: unknown; readonly prompt?: unknown };
    if (typeof category !== "string" || typeof prompt !== "string" || prompt.trim() === "")
      throw new GMemError(
        "DATA",
        `mjhqPrompts: "${id}" must have category and prompt, got ${JSON.stringify(entry)?.slice(0, 80)}`,
      );
    if (!plain.test(id) || !plain.test(category))
      throw new GMemError("DATA", `mjhqPrompts: names must be those of files, got "${category}/${id}"`);
    return { id, category, prompt, image: `${category}/${id}.png` };
  });
  if (found.length === 0) throw new GMemError("DATA", "mjhqPrompts: needs prompts, got none");
  return found as [MjhqPrompt, ...MjhqPrompt[]];
}
