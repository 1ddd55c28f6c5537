import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HttpBackend } from "./http";

const made = { export_id: "x1", file_name: "film.edl", size_bytes: 1, items: 1, losses: ["One name was cut short."] };
const saved: string[] = [];

beforeEach(() => {
  saved.length = 0;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("a download of an export", () => {
  it("brings the list of what it could not carry, and says that it did", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(async () => new Response("[]")),
    );
    expect(await new HttpBackend().saveExport(made)).toBe("all");
    expect(saved).toEqual(["film.edl", "film.edl.losses.json"]);
  });

  it("says when the list was refused or the line broke: the file itself is there", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(async () => new Response("", { status: 404 })),
    );
    expect(await new HttpBackend().saveExport(made)).toBe("without-list");
    vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("the line broke")));
    expect(await new HttpBackend().saveExport(made)).toBe("without-list");
    expect(saved).toEqual(["film.edl", "film.edl"]);
  });

  it("has no list where nothing was lost", async () => {
    const fetched = vi.fn();
    vi.stubGlobal("fetch", fetched);
    expect(await new HttpBackend().saveExport({ ...made, losses: [] })).toBe("all");
    expect(fetched).not.toHaveBeenCalled();
  });
});
