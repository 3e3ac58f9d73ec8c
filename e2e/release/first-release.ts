import { parts } from "./consumers.ts";
import { drawsTexts } from "./draws-texts.ts";
import { halfPrecision } from "./half-precision.ts";
import { equal, publish, type Rehearsal } from "./publish.ts";
import { quickStart } from "./quick-start.ts";

/** Everything is built, the pending changesets become versions, which are published, installed one by one, and run. */
export async function firstRelease(rehearsal: Rehearsal): Promise<boolean> {
  const { steps, copy, consumers } = rehearsal;
  const { single, strict, umbrella, all } = consumers;
  let names: readonly string[] = [];
  const ready =
    // before: what is built does not depend on versions, and the repository's own build is in the cache
    (await steps.step("build", () =>
      copy
        .build()
        .split("\n")
        .filter((line) => /Tasks:|Cached:/.test(line))
        .join("\n"),
    )) &&
    (await steps.step("changeset version", async () => {
      const before = await copy.versions();
      const after = await copy.version();
      names = Object.keys(after);
      for (const name of names.filter((name) => before[name] === "0.0.0")) {
        equal(`${name}: the first version`, after[name], "0.1.0");
        const text = await copy.newest(name);
        if (!/^0\.1\.0\n\n### Minor Changes\n\n- \S/.test(text))
          throw new Error(`CHANGELOG.md of ${name}: says what 0.1.0 has, got\n${text}`);
      }
      return [...new Set(Object.values(after))].sort().join(", ");
    })) &&
    (await publish(rehearsal));
  if (!ready) return false;

  const { "@gmem/tensor": tensor } = await copy.versions();
  const one = async (of: typeof single): Promise<string> => {
    equal("@gmem/tensor", await of.only("@gmem/tensor"), tensor);
    return `one @gmem/tensor ${tensor}`;
  };
  const installed = [
    await steps.step("npm install @gmem/memory-bank", async () => {
      single.manage("install", "@gmem/memory-bank");
      await single.example("memory-bank");
      return one(single);
    }),
    await steps.step("npm install @gmem/backbones, then others beside it", async () => {
      consumers.parts.manage("install", "@gmem/backbones");
      await consumers.parts.example("backbones");
      consumers.parts.manage("install", ...parts.slice(1));
      await consumers.parts.example("memory-bank");
      return one(consumers.parts);
    }),
    await steps.step("pnpm add with strict peers", async () => {
      strict.manage("add", ...parts);
      await strict.example("backbones");
      return one(strict);
    }),
    await steps.step("npm install gmem", async () => {
      umbrella.manage("install", "gmem");
      return one(umbrella);
    }),
  ];
  await quickStart(steps, umbrella);
  await halfPrecision(steps, umbrella);
  await drawsTexts(steps, consumers.drawings);
  installed.push(
    await steps.step("npm install of everything that is published", async () => {
      all.manage("install", ...names);
      all.manage("exec", "--", "gmem-train", "presets", "--json");
      return one(all);
    }),
  );
  return installed.every(Boolean);
}
