import { GMemError } from "@gmem/tensor";

/**
 * The pages of bull-board and the server that they are served by, which whoever wants them installs.
 * @throws {GMemError} code `CONFIG` saying what to install.
 */
export async function loadBoard(): Promise<
  Pick<typeof import("@bull-board/api"), "createBullBoard"> &
    Pick<typeof import("@bull-board/api/bullMQAdapter"), "BullMQAdapter"> &
    Pick<typeof import("@bull-board/fastify"), "FastifyAdapter"> &
    Pick<typeof import("fastify"), "fastify">
> {
  try {
    const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }, { fastify }] = await Promise.all([
      import("@bull-board/api"),
      import("@bull-board/api/bullMQAdapter"),
      import("@bull-board/fastify"),
      import("fastify"),
    ]);
    return { createBullBoard, BullMQAdapter, FastifyAdapter, fastify };
  } catch (cause) {
    const packages = "@bull-board/api@9 @bull-board/fastify@9 fastify@5";
    const message = `board: needs bull-board, which is not installed; run \`npm install ${packages}\``;
    throw new GMemError("CONFIG", message, { cause });
  }
}
