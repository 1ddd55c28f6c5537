import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, describe, it } from "vitest";
import type { Desk } from "./desk.svelte";
import { openDesk } from "./testdesk.svelte";

let desk: Desk;
let close: () => void;
beforeEach(async () => {
  ({ desk, close } = await openDesk());
});
afterEach(() => close());

describe("the place", () => {
  it("is where the desk begins again, and an address that changes is followed", async () => {
    const other = desk.library.rows.held.find((row) => row.id !== desk.assetId && row.state === "ready");
    if (!other) throw new Error("the mock has one film only");
    desk.go("library");
    desk.openAsset(other.id);
    flushSync();
    expect(localStorage.getItem("desk.place")).toBe(`#/library/${encodeURIComponent(other.id)}`);
    location.hash = "#/activity";
    window.dispatchEvent(new Event("hashchange"));
    expect([desk.name, desk.assetId]).toEqual(["activity", other.id]);
  });
});
