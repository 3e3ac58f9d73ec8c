import { join } from "node:path";
import {
  installedModel,
  pieceMask,
  useLiteFile,
  useLiteParameters,
  useLitePooled,
  useLiteTokens,
} from "@gmem/encoders/use-lite";
import type { StoredParameter } from "@gmem/engine-onnx";
import { type Aval, i32, mapNamed, type Named, trace } from "@gmem/tensor";
import type { BrowserFacts } from "../browser/facts.ts";
import type { RunConfig } from "../config/schema.ts";
import { type ExportPart, exportPart } from "./export-part.ts";

type Settings = NonNullable<RunConfig["textEncoder"]>;

/** True for a text encoder that hears sentences by Universal Sentence Encoder Lite. */
export const usesUseLite = (settings: Settings): boolean =>
  settings.kind === "use-lite" ||
  (settings.kind === "concat" && settings.parts.some(({ encoder }) => encoder.kind === "use-lite"));

/** Pieces of every text that the program takes. */
const length = 128;

/**
 * Writes `text.onnx`: ids of pieces [N,128] → vectors [N,512] and tokens. Its parameters are the numbers of npm's package, under
 * the name `use-lite`: all shards in a row. @returns where they lie.
 */
export async function writeTextProgram(folder: string): Promise<NonNullable<BrowserFacts["sentences"]>> {
  const file = await useLiteFile(await installedModel());
  const parameters = await useLiteParameters(file);
  const { TimingSignal: _, ...places } = file.places; // the program has the table that is made of it
  const stored: Named<StoredParameter> = mapNamed(places, (place) => ({ ...place, file: "use-lite", dtype: "f32" }));
  const part: ExportPart = {
    file: "text.onnx",
    meaning: "pieces of texts → vectors of Universal Sentence Encoder Lite",
    values: {
      ids: `pieces of a text, and 8000 behind them up to ${length}`,
      text: "vectors of texts, of unit length",
      hidden: "tokens, those of padding included",
    },
    parameters,
    trace: (n) =>
      trace<Named<Aval>, Named<Aval>>({ feeds: { ids: i32(n, length) }, state: parameters }, ({ feeds, state }) => {
        const ids = feeds.ids as NonNullable<(typeof feeds)["ids"]>;
        const hidden = useLiteTokens(state, ids); // [N,128,512]
        return { fetches: { hidden, text: useLitePooled(state, hidden, pieceMask(ids)) } };
      }),
  };
  await exportPart(part, { path: join(folder, part.file), stored });
  return file.places;
}
