import { HubError } from "./hub-error.ts";

/** A file of a model repository at a revision. */
export interface HubReference {
  /** `owner/name` */
  readonly repo: string;
  /** Path inside the repository, `/` between folders. */
  readonly file: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

const name = /^\w(?:[\w.-]{0,94}\w)?$/;
const revisionPart = /^[\w+-][\w.+-]*$/;

/**
 * Reads `hf:owner/name/file@revision`; the file may lie in folders, the revision is `main` if none is given, and the last
 * `@` begins it. Nothing that would leave a folder or mean two repositories in a cache is accepted.
 * @throws {HubError} reason `reference`
 * @example
 * const { repo, file, revision } = parseHubReference("hf:stabilityai/sd-vae-ft-ema/diffusion_pytorch_model.safetensors");
 */
export function parseHubReference(text: string): HubReference {
  const fail = (rule: string, found: string): never => {
    throw new HubError("reference", { reference: text.slice(0, 200), rule, found });
  };
  if (text.startsWith("hf://")) fail("a reference has no slashes before the owner; write hf:owner/name/file", "hf://");
  if (!text.startsWith("hf:")) fail("a reference begins with hf:, as in hf:owner/name/file@revision", "another text");
  const at = text.lastIndexOf("@");
  const [owner = "", repo = "", ...folders] = text.slice("hf:".length, at < 0 ? undefined : at).split("/");
  for (const part of [owner, repo])
    if (!name.test(part) || /--|\.\./.test(part))
      fail("owner and name are letters, digits, single - and . or _, as in hf:owner/name/file", JSON.stringify(part));
  if (folders.length === 0) fail("a file of the repository must be named, as in hf:owner/name/file", "none");
  for (const part of folders)
    if (part === "" || part === "." || part === ".." || /[\\\p{Cc}]|^[A-Za-z]:/u.test(part))
      fail("the parts of a file's path are names, not empty, . or ..", JSON.stringify(part));
  const revision = at < 0 ? "main" : text.slice(at + 1);
  for (const part of revision.split("/"))
    if (!revisionPart.test(part) || part.includes(".."))
      fail("a revision is a branch, a tag or a commit", JSON.stringify(revision));
  return { repo: `${owner}/${repo}`, file: folders.join("/"), revision };
}

/** The text that {@link parseHubReference} reads. */
export const showHubReference = ({ repo, file, revision }: HubReference): string => `hf:${repo}/${file}@${revision}`;
