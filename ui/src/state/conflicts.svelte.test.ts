import { describe, expect, it } from "vitest";
import { openDesk, until } from "./testdesk.svelte";

describe("conflicts", () => {
  it("are of all films, and the one at hand opens where it is in its film", async () => {
    const { desk, close } = await openDesk();
    desk.go("conflicts");
    await until(() => desk.conflicts.rows.length > 0);
    const { rows } = desk.conflicts;
    expect(rows.every((row) => row.state === "conflict")).toBe(true);
    const last = rows.at(-1);
    if (!last) throw new Error("no conflict");
    desk.conflicts.move(rows.length);
    expect(desk.conflicts.current?.id).toBe(last.id);
    desk.openConflict(last);
    await until(() => desk.review.current?.id === last.id);
    expect([desk.name, desk.assetId]).toEqual(["review", last.asset]);
    close();
  });
});
