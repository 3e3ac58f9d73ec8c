import { GMemError, type NDArray, stopIfAborted } from "@gmem/tensor";
import { checkRequest, type DrawOptions, type DrawRequest } from "./check-request.ts";
import { type Picture, pixelsOf } from "./picture.ts";

/** A model that is open and draws. */
export interface Artist<P extends Picture = Picture> {
  /**
   * Draws what a text says. Calls wait for each other. A picture depends on text, seed and its index: not on the count.
   * @throws {GMemError} code `INVALID_REQUEST` for a text that says nothing, a count or seed that cannot be; `CONFIG` for options
   * that do not exist; `ABORTED`; `ENGINE` if it is closed.
   */
  draw(text: string, options?: DrawOptions): Promise<readonly P[]>;
  /** The vectors of texts that are drawn from, [N,dim]. */
  encode(texts: readonly string[]): Promise<NDArray<"f32">>;
  /** Gives memory and threads back. */
  close(): Promise<void>;
}

/** What an artist is made of, in Node and in browsers. */
export interface Painter {
  /** Pictures [count,3,H,W] in [0,1]. */
  paint(request: DrawRequest): Promise<NDArray<"f32">>;
  encode(texts: readonly string[]): Promise<NDArray<"f32">>;
  /** True for a text whose end is not heard. */
  isCut(text: string): Promise<boolean>;
  close(): Promise<void>;
}

/** @param finish gives pictures what they have of their platform. */
export function artistOf<P extends Picture>(painter: Painter, finish: (picture: Picture) => P): Artist<P> {
  let turn: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (closing) throw new GMemError("ENGINE", "artist: must be open, got closed; open another with drawings()");
    const mine = turn.then(work);
    turn = mine.catch(() => {}); // told to who asked
    return mine;
  };
  return {
    async draw(text, options = {}) {
      const request = checkRequest(text, options);
      return inTurn(async () => {
        stopIfAborted(request.signal, "draw: stopped by its signal");
        const notice = (await painter.isCut(text))
          ? { notice: "the text is longer than the text encoder hears: its beginning alone is drawn" }
          : {};
        const images = await painter.paint(request);
        return Array.from({ length: request.count }, (_, index) =>
          finish({ text, seed: request.seed, index, ...pixelsOf(images, index), ...notice }),
        );
      });
    },
    encode: async (texts) => inTurn(() => painter.encode(texts)),
    close() {
      closing ??= turn.then(() => painter.close());
      return closing;
    },
  };
}
