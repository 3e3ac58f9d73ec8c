import { type Bank, build } from "@gmem/memory-bank";
import { openSource, snippetsOf } from "@gmem/runs";
import type { Dataset, ImageExample } from "@gmem/spec";
import type { CellContext } from "../frame/cell-kind.ts";
import { picturesOf, runConfig, type TrainedRun, type TrainedRunSettings } from "./trained-run.ts";

/** Pictures that a run was not trained on. */
export interface OtherDomain {
  /** Their snippets, by the run's own encoder. */
  readonly bank: Bank;
  readonly heldOut: Dataset<ImageExample>;
}

/** Opens the pictures that `domain` names in place of a run's own, without training. */
export async function otherDomain(
  { run }: Pick<TrainedRun, "run">,
  { settings, domain }: { readonly settings: TrainedRunSettings; readonly domain: TrainedRunSettings["run"] },
  context: CellContext,
): Promise<OtherDomain> {
  const { hub, signal } = context;
  const kept = Object.fromEntries(Object.entries(settings.run).filter(([name]) => !/^(data$|image\.)/.test(name)));
  const config = await runConfig({ preset: settings.preset, run: { ...kept, ...domain } }, context);
  const { train, heldOut } = picturesOf(await openSource(config, { ...(hub && { hub }), ...(signal && { signal }) }));
  const encoder = await run.encoder();
  return { bank: build(await snippetsOf(encoder, train), { encoderId: encoder.id }), heldOut };
}
