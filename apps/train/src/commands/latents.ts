import { captionsInWords } from "@gmem/datasets/captions";
import { leftOutNames, leftOutSummary } from "@gmem/datasets/folder";
import { encodeLatents, loadConfig, needsOf, type RunConfig } from "@gmem/runs";
import { latentsJob } from "@gmem/runs/jobs";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { isShared, type ShareFlags, shareWork } from "@gmem/workers";
import { sharedSettings } from "../shared-settings.ts";
import { commandLine, work } from "../terminal.ts";

export interface LatentsOptions extends ShareFlags {
  readonly out: string;
  readonly snippets?: boolean;
  readonly targets?: boolean;
  readonly shardRows: number;
  readonly half?: boolean;
}

/** `gmem-train latents`: what training needs of every image, computed once, in shards that a run reads as its data. */
export async function latents(source: string, settings: readonly string[], options: LatentsOptions): Promise<void> {
  const { out: folder, json, snippets, targets, half, shardRows } = options;
  const kept = { snippets, targets, half, shardRows };
  const config = await loadConfig(source, [...sharedSettings(options), ...settings]);
  if (isShared(options) && !(await shareWork(latentsJob, { config, folder, ...kept }, options))) return;
  const signal = stopOnInterrupt("finished shards stay; run the same command again to go on");
  const manifest = await encodeLatents(config, { folder, ...kept, signal, ...work() });
  const parts = Object.entries(manifest.parts).map(([name, shape]) => `${name} [${shape}]`);
  const { leftOut = [], captioned } = manifest;
  const without =
    leftOut.length > 0 ? [leftOutSummary(leftOut), ...leftOutNames(leftOut)].map((line) => `${line}\n`) : [];
  const said = captioned ? [captionsInWords(captioned)] : [];
  const next = nextCommands(config, { source, settings, options, labelled: manifest.labelled });
  say(json, manifest, `${without.join("")}${[parts.join(", "), ...said, ...next].join("\n")}`);
}

interface Encoded {
  readonly source: string;
  readonly settings: readonly string[];
  readonly options: LatentsOptions;
  /** Whether the latents have classes. */
  readonly labelled: boolean;
}

/** How to train on them as they are, and how to encode what the configuration needs and they have not. */
function nextCommands(config: RunConfig, { source, settings, options, labelled }: Encoded): readonly string[] {
  const { out, snippets, targets, half } = options;
  const rest = settings.filter((setting) => !setting.startsWith("data="));
  const lacks = [
    ...(needsOf(config.conditioner).snippets && !snippets
      ? [
          {
            what: "snippets",
            flag: "--snippets",
            instead: `conditioner.kind=${labelled ? "class-table" : "unconditional"}`,
          },
        ]
      : []),
    ...(config.objective.repa && !targets
      ? [{ what: "REPA targets", flag: "--targets", instead: "objective.repa=null" }]
      : []),
  ];
  const train = commandLine("run", source, ...rest, `data=${out}`, ...lacks.map(({ instead }) => instead));
  if (lacks.length === 0) return [`train   ${train}`];
  const needed = (flag: string): boolean => lacks.some((lack) => lack.flag === flag);
  const flags = [
    ...(snippets || needed("--snippets") ? ["--snippets"] : []),
    ...(targets || needed("--targets") ? ["--targets"] : []),
    ...(half ? ["--half"] : []),
  ];
  return [
    `train   ${train}`,
    `${lacks.map(({ what }) => what).join(" and ")} are not among them, which ${source} trains with; to have them:`,
    `encode  ${commandLine("latents", source, ...settings, "--out", `${out}-complete`, ...flags)}`,
  ];
}
