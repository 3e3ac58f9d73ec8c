/** A server-sent event. */
export interface ServerEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** Events of a text that arrives in pieces: those that are whole, and what is left for the next piece. */
export function eventsIn(text: string): { readonly events: readonly ServerEvent[]; readonly rest: string } {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const events = blocks.flatMap((block) => {
    const fields = new Map(
      block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const data = fields.get("data");
    if (data === undefined) return [];
    return [{ id: fields.get("id") ?? "", type: fields.get("event") ?? "message", data: JSON.parse(data) as unknown }];
  });
  return { events, rest };
}
