import { existsSync, statSync } from "node:fs";
import { type CheckpointDescription, identifyCheckpoint } from "@gmem/backbones/published";
import { locateWeights, runFiles } from "@gmem/runs";
import { networkSentence, takenSentence } from "@gmem/runs/convert";
import { counted, isGMemError, type Named } from "@gmem/tensor";
import { quantity } from "@gmem/terminal";
import { describeWeights, selectNetwork, type TakenNetwork, type TensorEntry } from "@gmem/weights";
import { work } from "../terminal.ts";

/** Lists the tensors and values of a file of weights, or of a run folder's model, and says which network they are. */
export async function inspect(path: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { model, config } = runFiles(path);
  const file = await locateWeights("inspect", existsSync(config) ? model : path, { ...work(), what: "anything" });
  const { format, layout, tensors, values, elements, bytes } = await describeWeights(file);
  const { network, taken, problem } = recognised(file, tensors);
  if (json) {
    const facts = {
      file,
      format,
      ...(layout && { layout }),
      parameters: elements,
      metadata: values,
      tensors,
      ...(taken && { taken }),
      ...(network && { network }),
    };
    process.stdout.write(`${JSON.stringify(facts, plainly)}\n`);
    return;
  }
  const entries = Object.entries(tensors);
  const width = Math.max(4, ...entries.map(([name]) => name.length));
  const lines = entries.map(([name, { dtype, shape }]) => `${name.padEnd(width)}  ${dtype.padEnd(4)}  [${shape}]`);
  const notes = Object.entries(values).map(([name, value]) => `${name}: ${short(value)}`);
  const size = existsSync(file) && statSync(file).isFile() ? statSync(file).size : bytes;
  const summary = `${counted(entries.length, "tensor")}, ${quantity(elements)} values, ${quantity(size, "B")}, ${format}${layout === undefined || layout === "zip" ? "" : ` of ${layout}`}`;
  const found = network
    ? `${networkSentence(network)}; \`convert\` makes a run folder of it`
    : (problem ?? "no network that `convert` knows");
  process.stdout.write(
    `${[...lines, "", summary, ...(taken?.group ? [`weights: ${takenSentence(taken, "--weights")}`] : []), `recognised: ${found}`, ...notes].join("\n")}\n`,
  );
}

/** What `convert` would take, and take it for. */
function recognised(
  path: string,
  tensors: Named<TensorEntry>,
): { readonly network?: CheckpointDescription; readonly taken?: TakenNetwork; readonly problem?: string } {
  let taken: TakenNetwork | undefined;
  try {
    const selected = selectNetwork({ tensors, path });
    taken = selected.taken;
    return { taken, network: identifyCheckpoint(selected.tensors) };
  } catch (error) {
    if (!isGMemError(error)) throw error;
    const isAsked = isGMemError(error, "CONFIG"); // such a network, of which an option must be said
    return {
      ...(taken && { taken }),
      ...((!taken || isAsked) && { problem: `${error.message}${isAsked ? "; say it to `convert`" : ""}` }),
    };
  }
}

/** Values as JSON can have them. */
const plainly = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? `${counted(value.length, "byte")}` : value;

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, plainly) ?? String(value));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
