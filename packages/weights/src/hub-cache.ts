import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, stat, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { writeFileAtomic } from "./atomic-file.ts";
import type { HubReference } from "./hub-reference.ts";

/** A full commit: what it names never changes. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** Where a file of a hub stands in a cache, as the Python library lays it out. */
export interface HubCache {
  /** The file at a commit, if it is there. */
  find(commit: string): Promise<string | undefined>;
  /** The commit that the reference's revision last stood for. */
  commit(): Promise<string | undefined>;
  /** The place of some content by its checksum; its folder is made. */
  blob(etag: string): Promise<string>;
  /** Gives content its name at a commit. */
  add(commit: string, blob: string): Promise<string>;
  /** Notes what the revision stands for. */
  remember(commit: string): Promise<void>;
}

/** `models--owner--name/{blobs/CHECKSUM, snapshots/COMMIT/FILE → blob, refs/REVISION}` under a folder. */
export function hubCache(folder: string, { repo, file, revision }: HubReference): HubCache {
  const root = join(folder, `models--${repo.replace("/", "--")}`);
  const snapshot = (commit: string): string => join(root, "snapshots", commit, file);
  const ref = join(root, "refs", revision);
  const commitOf = async (): Promise<string | undefined> => {
    if (isCommit(revision)) return revision;
    const text = await readFile(ref, "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : undefined;
  };
  return {
    commit: commitOf,
    find: async (commit) => ((await exists(snapshot(commit))) ? snapshot(commit) : undefined),
    async blob(etag) {
      await mkdir(join(root, "blobs"), { recursive: true });
      return join(root, "blobs", etag);
    },
    async add(commit, blob) {
      const path = snapshot(commit);
      await mkdir(dirname(path), { recursive: true });
      const draft = `${path}.${randomBytes(6).toString("hex")}`;
      // systems that refuse symbolic links take a second name for the same bytes
      await symlink(relative(dirname(path), blob), draft).catch(() => link(blob, draft));
      await rename(draft, path);
      return path;
    },
    async remember(commit) {
      if ((await commitOf()) === commit) return;
      await mkdir(dirname(ref), { recursive: true });
      await writeFileAtomic(ref, commit);
    },
  };
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
