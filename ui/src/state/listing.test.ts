import { describe, expect, it } from "vitest";
import type { ProposalRow } from "../backend";
import { MockBackend } from "../backend/mock/mock";
import { fromListing, plain } from "./listing";

describe("rows in columns", () => {
  it("say all that the rows say", async () => {
    const backend = new MockBackend("", 0);
    const { assets } = await backend.call("assets", {});
    for (const { id } of assets) {
      const rows = await backend.call("proposals", { asset: id });
      const [first, second] = rows.proposals;
      if (first && second) {
        await backend.call("decide", { ids: [first.id], verdict: "circle", edit: { end_frame: first.end_frame + 3 } });
        await backend.call("decide", { ids: [second.id], verdict: "reject" });
      }
    }
    let many = 0;
    for (const { id } of assets) {
      const rows = await backend.call("proposals", { asset: id });
      const listed = fromListing(await backend.call("listing", { asset: id }));
      expect({ ...listed, proposals: [] }).toEqual({ ...rows, proposals: [] });
      // The program's confidences are thousandths; the mock's may be what sums of them are in a page.
      const confidence = ({ confidence: sure }: ProposalRow): number | null => sure && Math.round(sure * 1000) / 1000;
      const said = (row: ProposalRow): ProposalRow => ({ ...plain(row), confidence: confidence(row) });
      expect(listed.proposals.map(said)).toEqual(rows.proposals.map(said));
      many += rows.proposals.length;
    }
    expect(many).toBeGreaterThan(20);
  });
});
