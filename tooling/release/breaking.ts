import type { Package } from "../checks/workspace.ts";

/** A package in the plan of the next release. */
export interface Release {
  readonly name: string;
  readonly type: "major" | "minor" | "patch" | "none";
  readonly oldVersion: string;
}

/** The step that breaks: a caret range accepts no new minor below 1.0, and no new major from there on. */
export const breakingStep = (version: string): "major" | "minor" => (version.startsWith("0.") ? "minor" : "major");

/** True for a release that `^oldVersion` does not accept; 0.0.0 stands for "never released", which nobody uses. */
export const breaks = ({ type, oldVersion }: Release): boolean =>
  oldVersion !== "0.0.0" && (type === "major" || type === breakingStep(oldVersion));

/**
 * Published packages to which a plan is a breaking release and that it does not know as such: what they depend on,
 * directly or not, breaks. @returns the step of each.
 */
export function brokenDependents(
  plan: readonly Release[],
  packages: readonly Package[],
): ReadonlyMap<string, "major" | "minor"> {
  const broken = new Set(plan.filter(breaks).map(({ name }) => name));
  const found = new Map<string, "major" | "minor">();
  const dependsOnBroken = ({ manifest }: Package): boolean =>
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).some((name) => broken.has(name));
  for (let size = -1; size !== broken.size; ) {
    size = broken.size;
    for (const { manifest } of packages.filter(dependsOnBroken)) {
      if (manifest.private || broken.has(manifest.name)) continue;
      broken.add(manifest.name);
      found.set(manifest.name, breakingStep(manifest.version));
    }
  }
  return found;
}
