import type { Steps } from "../steps.ts";
import type { Consumers } from "./consumers.ts";
import type { Copy } from "./copy.ts";
import type { Registry } from "./registry.ts";

/** What a stage of the rehearsal works with. */
export interface Rehearsal {
  readonly steps: Steps;
  readonly copy: Copy;
  readonly consumers: Consumers;
  readonly registry: Registry;
}

/** Publishes what has a new version and looks it up. @returns whether the registry has every version as its latest. */
export const publish = (rehearsal: Rehearsal): Promise<boolean> =>
  rehearsal.steps.step("changeset publish", () => lookedUp(rehearsal, rehearsal.copy.publish()));

/** The same without the tool of releases, where it is not what is tried. */
export const publishAll = (rehearsal: Rehearsal): Promise<boolean> =>
  rehearsal.steps.step("pnpm publish", () => lookedUp(rehearsal, rehearsal.copy.publishAll()));

async function lookedUp({ copy, registry }: Rehearsal, printed: string): Promise<string> {
  const versions = Object.entries(await copy.versions());
  for (const [name, version] of versions) {
    const found = (await (await fetch(`${registry.url}${name}`)).json()) as { "dist-tags"?: { latest?: string } };
    const latest = found["dist-tags"]?.latest;
    if (latest !== version) throw new Error(`${name}: latest must be ${version}, got ${latest}\n${printed}`);
  }
  return `${versions.length} packages at their latest`;
}

/** @throws {Error} with both values if they differ. */
export function equal(what: string, got: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: must be ${b}, got ${a}`);
}

/** The version after a step. */
export function next(version: string, step: "patch" | "breaking"): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (step === "patch") return `${major}.${minor}.${patch + 1}`;
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}
