import type { Backbone, Conditioner, ContextBackbone } from "@gmem/spec";
import { broadcast, GMemError, scalar } from "@gmem/tensor";
import { type CaptionAdapter, captionAdapter } from "./caption-adapter.ts";
import { type AdapterConfig, type SAdapter, sAdapter } from "./s-adapter.ts";

/** Whether a backbone has cross-attention. */
export const readsContext = (backbone: Backbone): backbone is ContextBackbone => "contextDim" in backbone;

/** What of a snippet is added to the time embedding, and what is read; the latter is refused where nothing would be, or nothing reads. */
export function adaptersOf(
  backbone: Backbone,
  { conditioner, config }: { readonly conditioner: Conditioner; readonly config: AdapterConfig },
): { readonly adapter: SAdapter; readonly captions?: CaptionAdapter } {
  const { name, context, contextDim, output, snippetDim } = conditioner;
  const refuse = (rule: string, got: string): never => {
    throw new GMemError("CONFIG", `velocityModel: ${rule}, got ${got}`);
  };
  const widths = { from: snippetDim, to: backbone.hiddenSize };
  const embeds = output === "embedding";
  const isRead = readsContext(backbone);
  if (context && !isRead)
    refuse(
      `"${name}" gives context tokens for cross-attention`,
      `"${backbone.name}", which takes none; make the conditioner without them`,
    );
  if (context && isRead && contextDim !== backbone.contextDim)
    refuse(`context tokens must be ${backbone.contextDim} wide`, `${contextDim} from "${name}"`);
  const makesTokens = config.kind === "captions" && !embeds && !context;
  if (isRead && !context && !makesTokens)
    refuse(
      `"${backbone.name}" reads context tokens`,
      `none from "${name}"; take a conditioner that gives snippets, with adapter { kind: "captions" }, or one that gives tokens`,
    );
  if (config.kind !== "captions") return { adapter: sAdapter(embeds ? { kind: "identity" } : config, widths) };
  if (!isRead && !embeds)
    refuse(
      'an adapter of kind "captions" makes context tokens',
      `"${backbone.name}", which takes none; use kind "linear"`,
    );
  const { gain = 1, time = false } = config;
  const adapter = embeds
    ? sAdapter({ kind: "identity" }, widths)
    : time
      ? sAdapter({ kind: "linear", gain }, widths)
      : none(widths.to);
  return makesTokens && isRead
    ? { adapter, captions: captionAdapter(config, { from: snippetDim, to: backbone.contextDim }) }
    : { adapter };
}

/** c = 0: the snippet is in the tokens alone. */
const none = (width: number): SAdapter => ({
  kind: "identity",
  init: () => ({}),
  apply: (_, s) => broadcast(scalar(0), [s.shape[0] as number, width]), // [N,D]
});
