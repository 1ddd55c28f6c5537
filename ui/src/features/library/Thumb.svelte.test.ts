import { cleanup, fireEvent, render } from "@testing-library/svelte";
import { afterEach, expect, it } from "vitest";
import type { AssetRow, Backend } from "../../backend";
import { contextOf } from "../../state/desk.svelte";
import { openDesk } from "../../state/testdesk.svelte";
import Thumb from "./Thumb.svelte";

afterEach(cleanup);

it("shows a picture again after one address gave none", async () => {
  const { desk, backend, close } = await openDesk();
  const posterUrl: Backend["posterUrl"] = ({ id }, shield) => `/poster/${id}?${shield}`;
  Object.assign(backend, { posterUrl });
  const assets = (await backend.call("assets", {})).assets;
  const asset = assets.find((row) => row.state === "ready" && row.video_codec !== "") as AssetRow;
  const shown = render(Thumb, { props: { asset }, context: contextOf(desk) });
  const address = () => shown.container.querySelector("img")?.getAttribute("src");
  const first = `/poster/${asset.id}?${desk.guides.covered}`;
  expect(address()).toBe(first);

  await fireEvent.error(shown.container.querySelector("img") as HTMLImageElement);
  expect(address()).toBeUndefined();
  await shown.rerender({ asset: { ...asset, title: "Another name" } });
  expect(address()).toBeUndefined();

  await shown.rerender({ asset: { ...asset, id: "another" } });
  expect(address()).toBe(`/poster/another?${desk.guides.covered}`);
  close();
});
