import type { Consumer } from "./consumer.ts";
import { equal, next, publish, type Rehearsal } from "./publish.ts";

const patched = "@gmem/memory-bank";

/** One package gets a patch: it alone is published, and an update brings it to everyone. */
export async function patch(rehearsal: Rehearsal): Promise<boolean> {
  const { steps, copy, consumers } = rehearsal;
  const before = await copy.versions();
  const after = { ...before, [patched]: next(before[patched] as string, "patch") };
  const ready =
    (await steps.step(`a patch of ${patched}`, async () => {
      await copy.change(patched, "patch", "patched");
      equal("versions", await copy.version(), after);
      equal(
        "CHANGELOG.md",
        (await copy.newest(patched)).trim(),
        `${after[patched]}\n\n### Patch Changes\n\n- Has \`patched\`.`,
      );
      copy.build(patched);
      return after[patched] as string;
    })) && (await publish(rehearsal));
  if (!ready) return false;
  const updates = (of: Consumer) => async (): Promise<string> => {
    of.manage("update");
    equal(patched, await of.only(patched), after[patched]);
    equal("@gmem/tensor", await of.only("@gmem/tensor"), before["@gmem/tensor"]);
    return of.evaluate(`import { patched } from "${patched}"; console.log("runs", patched, "${after[patched]}");`);
  };
  return [
    await steps.step("npm update of one package", updates(consumers.single)),
    await steps.step("npm update of several", updates(consumers.parts)),
    await steps.step("npm update of gmem", updates(consumers.umbrella)),
    await steps.step("pnpm update", updates(consumers.strict)),
  ].every(Boolean);
}
