import type { Store } from "@gmem/spec";
import { GMemError, type Named } from "@gmem/tensor";
import { firstChange, type ResumeIdentity } from "../resume-identity.ts";

/** What all who make rounds together must have alike. */
export interface Agreement extends ResumeIdentity {
  readonly versions: Named<string>;
}

const key = "settings.json";

/**
 * Writes the settings of a run into its store, or compares them with those that are there.
 * @throws {GMemError} code `CONFIG` for other settings or code of another version, `DATA` for other data.
 */
export async function agree(store: Store, own: Agreement): Promise<void> {
  const text = `${JSON.stringify(own, null, 2)}\n`;
  if (await store.putIfAbsent(key, new TextEncoder().encode(text))) return;
  const bytes = await store.get(key);
  const theirs = JSON.parse(new TextDecoder().decode(bytes)) as Agreement;
  const change = firstChange(theirs.config, own.config);
  const refuse = (code: "CONFIG" | "DATA", rule: string, got: string): never => {
    throw new GMemError(code, `rounds: whoever takes part in ${store.name} must have its ${rule}, got ${got}`);
  };
  if (change !== undefined) refuse("CONFIG", "settings", `a change: ${change}; undo it, or give another store`);
  if (theirs.dataId !== own.dataId) refuse("DATA", "data", "other content; give the same data, or another store");
  for (const name of ["@gmem/trainer", "engine"]) {
    const [was, is] = [theirs.versions[name], own.versions[name]];
    if (was !== is) refuse("CONFIG", `version of ${name}, ${was}`, `${is}; install that one, or give another store`);
  }
}
