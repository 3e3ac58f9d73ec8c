import { expect, it } from "vitest";
import { eventsIn } from "./events-in.ts";

it("events are read as they become whole, comments and pauses left out", () => {
  const first = eventsIn('retry: 500\n\nid: 1\nevent: queued\ndata: {"position":2}\n\n: \n\nid: 2\nevent: st');
  expect(first.events).toEqual([{ id: "1", type: "queued", data: { position: 2 } }]);
  const second = eventsIn(`${first.rest}arted\ndata: {}\n\n`);
  expect(second).toEqual({ events: [{ id: "2", type: "started", data: {} }], rest: "" });
});
