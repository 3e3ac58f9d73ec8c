import { encodeCaptions, loadConfig, merge, presetTrees } from "@gmem/runs";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { commandLine, work } from "../terminal.ts";

export interface TextOptions {
  readonly encoder: string;
  readonly out: string;
  readonly json?: boolean;
}

/** A configuration of pictures and a text encoder alone, for commands that train nothing. */
export function textConfig(command: string, data: string, kind: string, settings: readonly string[]) {
  const base = presetTrees()["cifar-nano"] ?? {};
  const own = merge(base, { name: "texts", data, image: { size: 32 }, textEncoder: { kind } });
  return loadConfig(command, settings, { [command]: own });
}

/** `gmem-train text`: vectors of all captions, computed once. */
export async function text(data: string, settings: readonly string[], options: TextOptions): Promise<void> {
  const { out: folder, encoder: kind, json } = options;
  const config = await textConfig("text", data, kind, settings);
  const signal = stopOnInterrupt("finished files stay; run the same command again to go on");
  const facts = await encodeCaptions(config, { folder, signal, ...work() });
  const { captions, texts, pictures, without, dim, encoder } = facts;
  const lines = [
    `captions ${captions} of ${pictures} pictures, ${texts} different${without > 0 ? `; ${without} without one` : ""}`,
    `vectors  ${dim} wide · ${encoder} → ${folder}`,
    `train    ${commandLine("run", "PRESET", `data=${data}`, `textEncoder.kind=${kind}`, ...settings, `texts=${folder}`)}`,
  ];
  say(json, facts, lines.join("\n"));
}
