import { afterEach, expect, it } from "vitest";
import { openDesk } from "./testdesk.svelte";

let close: () => void = () => undefined;
afterEach(() => close());

it("marks out at the end of the film after its last frame", async () => {
  const opened = await openDesk();
  ({ close } = opened);
  const { transport } = opened.desk;
  transport.end();
  transport.mark("in");
  transport.mark("out");
  const [from, to] = [transport.markIn ?? 0, transport.markOut ?? 0];
  expect(transport.edgeSecs(to)).toBe(transport.asset?.duration_secs);
  expect(transport.edgeSecs(to)).toBeGreaterThan(transport.edgeSecs(from));
  expect(transport.edgeSecs(from)).toBe(transport.stage.secondsOf(from));
});
