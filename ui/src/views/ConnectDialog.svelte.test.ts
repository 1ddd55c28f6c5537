import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MockBackend } from "../backend/mock/mock";
import Program from "./Program.svelte";

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

async function shown(backend: MockBackend): Promise<HTMLElement> {
  render(Program, { backend });
  await screen.findByRole("listbox", { name: "Proposals" });
  await fireEvent.keyDown(document.body, { key: "L", ctrlKey: true, shiftKey: true });
  await fireEvent.click(await screen.findByRole("button", { name: "Connect a lake…" }));
  return screen.findByRole("dialog", { name: "Connect a lake" });
}

async function type(dialog: HTMLElement, label: string | RegExp, value: string): Promise<void> {
  await fireEvent.input(within(dialog).getByLabelText(label), { target: { value } });
}

async function enter(dialog: HTMLElement): Promise<void> {
  const form = dialog.querySelector("form");
  if (form) await fireEvent.submit(form);
}

const here = (dialog: HTMLElement): string =>
  within(dialog).getByRole("list", { name: "Steps" }).querySelector("[aria-current]")?.textContent?.trim() ?? "";

describe("the way to a lake", () => {
  it("reads the address as it is typed, by the program's own reading", async () => {
    const dialog = await shown(new MockBackend("", 0));
    await type(dialog, "Address of the bucket", "gs://nope");
    await within(dialog).findByText(/is written s3:\/\/bucket\/prefix/);
    expect(within(dialog).getByLabelText("Address of the bucket").getAttribute("aria-invalid")).toBe("true");
    await type(dialog, "Address of the bucket", "northlight-media/season-2");
    await within(dialog).findByText("s3://northlight-media/season-2 was opened here before.");
  });

  it("goes from the address to the open lake by Enter alone, and says what one may do", async () => {
    const backend = new MockBackend("", 0);
    const dialog = await shown(backend);
    await type(dialog, "Address of the bucket", "s3://northlight-media/season-3");
    await enter(dialog);
    await waitFor(() => expect(here(dialog)).toContain("Sign in"));
    await enter(dialog);
    await within(dialog).findByText("It is a lake of Circle Take's with the ledgers of 4 people.");
    expect(within(dialog).getByRole("alert").textContent).toContain("Work will stop for want of a right");
    const you = within(dialog).getByRole("region", { name: "You" });
    const row = within(you).getByText("tell the others of them").closest("li");
    expect(row?.textContent).toContain("denied: s3:PutObject");
    const nobody = within(dialog).getByRole("region", { name: "Nobody should be able to" });
    expect(nobody.textContent).toContain("allowed: not protected");
    await enter(dialog);
    expect(here(dialog)).toContain("Open");
    await within(dialog).findByText(/is closed in good order/);
    await enter(dialog);
    await screen.findByText("northlight-media/season-3 is open.");
    expect(backend.calls.find(({ name }) => name === "sign_in")?.request).toEqual({
      lake: { address: "s3://northlight-media/season-3" },
      choice: { kind: "chain" },
      anew: false,
    });
  });

  it("shows a code to confirm elsewhere, goes on by itself, and gives up at once", async () => {
    const backend = new MockBackend("", 0);
    const signedIn = backend.lakes.signInSteps;
    backend.lakes.signInSteps = [
      {
        at: "code",
        page: "https://device.example/",
        address: "https://device.example/?user_code=ABCD-EFGH",
        code: "ABCD-EFGH",
        until_millis: Date.now() + 600_000,
      },
      ...signedIn,
    ];
    const dialog = await shown(backend);
    await type(dialog, "Address of the bucket", "s3://northlight-media");
    await enter(dialog);
    await fireEvent.click(await within(dialog).findByRole("radio", { name: "IAM Identity Center" }));
    await type(dialog, "Portal", "https://studio.awsapps.com/start");
    await type(dialog, "Permission set", "Editor");
    await enter(dialog);
    await within(dialog).findByLabelText("Code ABCD-EFGH");
    const page = within(dialog).getByRole("link", { name: "Open the page" });
    expect(page.getAttribute("href")).toBe("https://device.example/?user_code=ABCD-EFGH");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Give up" }));
    // What was typed is still there.
    expect((await within(dialog).findByLabelText<HTMLInputElement>("Permission set")).value).toBe("Editor");
    expect(backend.calls.some(({ name }) => name === "end_sign_in")).toBe(true);
    await enter(dialog);
    await within(dialog).findByLabelText("Code ABCD-EFGH");
    backend.lakes.signOn();
    await waitFor(() => expect(here(dialog)).toContain("What you may do"));
    await fireEvent.click(within(dialog).getByRole("button", { name: "Back" }));
    expect(here(dialog)).toContain("Sign in");
    await within(dialog).findByText("mara@northlight.example");
    // Anew means that it is asked anew: what was done before does not count.
    await fireEvent.click(within(dialog).getByRole("button", { name: "Sign in anew" }));
    await within(dialog).findByLabelText("Code ABCD-EFGH");
    expect(here(dialog)).toContain("Sign in");
  });

  it("hands a secret over once and keeps it nowhere in the page", async () => {
    const backend = new MockBackend("", 0);
    backend.lakes.signInSteps = [
      { at: "passphrase", new: true },
      { at: "secret_key", id: "AKIAEXAMPLE" },
      ...backend.lakes.signInSteps,
    ];
    const dialog = await shown(backend);
    await type(dialog, "Address of the bucket", "s3://northlight-media");
    await enter(dialog);
    await fireEvent.click(await within(dialog).findByRole("radio", { name: "Access keys" }));
    await type(dialog, "Access key id", "AKIAEXAMPLE");
    await enter(dialog);
    await within(dialog).findByLabelText("A new passphrase");
    await type(dialog, "A new passphrase", "one");
    await type(dialog, "Once more", "other");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Keep secrets behind it" }));
    expect(within(dialog).getByRole("alert").textContent).toContain("two different ones");
    await type(dialog, "Once more", "one");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Keep secrets behind it" }));
    const secret = await within(dialog).findByLabelText<HTMLInputElement>("Secret access key");
    expect(secret.type).toBe("password");
    await fireEvent.input(secret, { target: { value: "very secret" } });
    await fireEvent.keyDown(secret, { key: "Enter" });
    await waitFor(() => expect(here(dialog)).toContain("What you may do"));
    expect(backend.calls.filter(({ name }) => name === "answer_sign_in").map(({ request }) => request)).toEqual([
      { visit: 1, answer: "one" },
      { visit: 1, answer: "very secret" },
    ]);
    const stored = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
    expect(stored).not.toContain("very secret");
    expect(document.body.innerHTML).not.toContain("very secret");
  });

  it("says why a lake cannot be opened, and that the one before still is", async () => {
    const backend = new MockBackend("", 0);
    backend.lakes.refused = {
      code: "not-found",
      message: "There is no such bucket.",
      hint: "Check its name and the account.",
      detail: "",
    };
    const dialog = await shown(backend);
    await fireEvent.click(within(dialog).getByRole("radio", { name: /^In a folder/ }));
    await type(dialog, "The folder's whole path", "/media/share/lake");
    await enter(dialog);
    // Nobody signs in to a folder.
    await within(dialog).findByText(/A folder knows nobody/);
    await enter(dialog);
    await enter(dialog);
    const said = await within(dialog).findByRole("alert");
    expect(said.textContent).toContain("There is no such bucket.");
    expect(said.textContent).toContain("northlight lake is still open");
    await fireEvent.keyDown(dialog, { key: "Escape" });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("begins at the sign-in where the lake says that it has ended", async () => {
    const backend = new MockBackend("", 0);
    backend.lakes.known = backend.lakes.known.map((lake) => ({ ...lake, open: lake.id === "l2" }));
    backend.lakeState = { ...backend.lakeState, standing: "signed_out", waiting_entries: 14 };
    render(Program, { backend });
    await fireEvent.click(await screen.findByRole("button", { name: "Sign in again" }));
    const dialog = await screen.findByRole("dialog", { name: "Connect a lake" });
    await waitFor(() => expect(here(dialog)).toContain("Sign in"));
    expect(dialog.textContent).toContain("s3://northlight-media/season-2");
    await enter(dialog);
    await within(dialog).findByText(/the ledgers of 4 people/);
    await enter(dialog);
    await within(dialog).findByText(/opened anew with this sign-in/);
  });
});
