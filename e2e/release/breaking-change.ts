import type { Consumer } from "./consumer.ts";
import { parts } from "./consumers.ts";
import { equal, next, publishAll, type Rehearsal } from "./publish.ts";

const tensor = "@gmem/tensor";

/**
 * The package below the others breaks: what depends on it breaks with it, an update in range changes nothing, and an upgrade
 * ends with one copy of it.
 */
export async function breakingChange(rehearsal: Rehearsal): Promise<void> {
  const { steps, copy, consumers } = rehearsal;
  const before = await copy.versions();
  const dependents = await copy.dependents(tensor);
  const after = Object.fromEntries(
    Object.entries(before).map(([name, version]) => [
      name,
      name === tensor || dependents.has(name) ? next(version, "breaking") : version,
    ]),
  );
  const ready =
    (await steps.step(`a breaking change of ${tensor}`, async () => {
      await copy.change(tensor, before[tensor]?.startsWith("0.") ? "minor" : "major", "broken");
      equal("versions", await copy.version(), after);
      const text = await copy.newest("@gmem/backbones");
      if (!text.includes(`${tensor} ${after[tensor]}`)) throw new Error(`CHANGELOG.md: names ${tensor}, got\n${text}`);
      copy.build(tensor);
      return `${after[tensor]}, and so ${dependents.size} others`;
    })) && (await publishAll(rehearsal));
  if (!ready) return;
  const stays = (of: Consumer) => async (): Promise<string> => {
    of.manage("update");
    equal(tensor, await of.only(tensor), before[tensor]);
    await of.example("backbones");
    return `one ${tensor} ${before[tensor]}`;
  };
  const moves = (of: Consumer, names: readonly string[], command: readonly string[]) => async (): Promise<string> => {
    of.manage(...command);
    for (const name of [tensor, ...names]) equal(name, await of.only(name), after[name]);
    await of.example("memory-bank");
    return of.evaluate(`import { broken } from "${tensor}"; console.log("one", broken, "${after[tensor]}");`);
  };
  const { single, umbrella, strict } = consumers;
  await steps.step("npm update stays in range", stays(consumers.parts));
  await steps.step("pnpm update stays in range", stays(strict));
  for (const [of, names] of [
    [single, ["@gmem/memory-bank"]],
    [consumers.parts, parts],
    [umbrella, ["gmem"]],
  ] as const)
    await steps.step(
      `npm install of ${names.join(", ")} at latest`,
      moves(of, names, ["install", ...names.map((name) => `${name}@latest`)]),
    );
  await steps.step("pnpm update --latest", moves(strict, parts, ["update", "--latest"]));
}
