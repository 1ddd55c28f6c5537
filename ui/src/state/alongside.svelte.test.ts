import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AssetRow } from "../backend";
import { isComparable, usualTie } from "./alongside.svelte";
import type { Desk } from "./desk.svelte";
import { openDesk, until } from "./testdesk.svelte";

let desk: Desk;
let close: () => void;
beforeEach(async () => {
  ({ desk, close } = await openDesk());
});
afterEach(() => close());

function viewed(): AssetRow {
  const row = desk.assetRow;
  if (!row) throw new Error("nothing is open");
  return row;
}

function another(): AssetRow {
  const row = desk.library.rows.held.find((each) => isComparable(each, desk.assetId));
  if (!row) throw new Error("the mock has one film only");
  return row;
}

describe("two films", () => {
  it("are tied by timecode where both have one that overlaps, else by their first frames", () => {
    const film = (start_timecode: string | null, more: Partial<AssetRow> = {}): AssetRow => ({
      ...viewed(),
      frame_rate: "25",
      drop_frame: false,
      frame_count: 1000,
      start_timecode,
      ...more,
    });
    const ten = film("10:00:00:00");
    expect(usualTie(ten, film(null))).toEqual({ viewed: 0, frame: 0 });
    expect(usualTie(ten, film("10:00:02:03"))).toEqual({ viewed: 53, frame: 0 });
    expect(usualTie(ten, film("09:59:58:00"))).toEqual({ viewed: 0, frame: 50 });
    expect(usualTie(ten, film("11:00:00:00")), "nothing overlaps").toEqual({ viewed: 0, frame: 0 });
    const fifty = { frame_rate: "50", frame_count: 2000 };
    expect(usualTie(ten, film("09:59:58:00", fifty))).toEqual({ viewed: 0, frame: 100 });
    expect(usualTie(ten, film("10:00:02:00", fifty))).toEqual({ viewed: 50, frame: 0 });
  });

  it("are told to the stage while they are compared, and no longer after", () => {
    const told = vi.spyOn(desk.backend.stage, "compare");
    const guides = vi.spyOn(desk.backend.stage, "guides");
    const film = another();
    desk.guides.still = { asset: viewed().id, frame: 3, label: "", aspect: 1.8 };
    desk.alongside.choose(film);
    flushSync();
    expect(desk.guides.still, "the film takes the still's place").toBeNull();
    expect(told.mock.lastCall?.slice(0, 2)).toEqual([expect.objectContaining({ id: film.id }), desk.assetId]);
    expect(guides.mock.lastCall?.[0].compare?.mode).toBe("side-by-side");
    desk.guides.comparing = "off";
    flushSync();
    expect(told.mock.lastCall).toEqual([null]);
    desk.guides.comparing = "difference";
    flushSync();
    expect(told.mock.lastCall?.[0]).toMatchObject({ id: film.id });
    desk.alongside.leave();
    flushSync();
    expect(desk.guides.mode).toBeNull();
    expect(told.mock.lastCall).toEqual([null]);
  });

  it("are moved against each other by frames, and back to where they were", () => {
    const told = vi.spyOn(desk.backend.stage, "compare");
    desk.alongside.choose({ ...another(), frame_rate: viewed().frame_rate, start_timecode: null });
    const tie = (): unknown => {
      flushSync();
      return told.mock.lastCall?.[2];
    };
    expect(tie()).toEqual({ viewed: 0, frame: 0 });
    for (let n = 0; n < 3; n += 1) desk.alongside.nudge(1);
    expect(tie()).toEqual({ viewed: 0, frame: 3 });
    for (let n = 0; n < 5; n += 1) desk.alongside.nudge(-1);
    expect(tie()).toEqual({ viewed: 2, frame: 0 });
    for (let n = 0; n < 2; n += 1) desk.alongside.nudge(1);
    expect(tie()).toEqual({ viewed: 0, frame: 0 });
  });

  it("change places at the same moment", async () => {
    const [before, film] = [viewed(), another()];
    desk.alongside.choose({ ...film, frame_rate: before.frame_rate, start_timecode: null });
    desk.transport.seek(30);
    desk.alongside.nudge(7);
    flushSync();
    desk.alongside.swap();
    await until(() => desk.transport.asset?.id === film.id && desk.review.cursor !== null);
    expect(desk.alongside.film?.id).toBe(before.id);
    expect(desk.alongside.tie).toEqual({ viewed: 7, frame: 0 });
    expect(desk.transport.now.frame, "the first proposal does not take the playhead along").toBe(37);
  });
});
