/**
 * Work goes on when nobody reads what it prints any more: `2>&1 | head`, a `tee` that was killed, a terminal that was closed.
 * Output that cannot be written for another reason, such as a full disk, ends the program with `fail`.
 */
export function surviveClosedOutput(
  fail: (error: Error) => void,
  streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams)
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!gone.has(error.code ?? "")) fail(error);
    });
}

/** Codes of a reader that is gone: of a pipe, of a terminal, of a socket. */
const gone = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"]);
