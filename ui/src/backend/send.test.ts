import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Refused } from "./backend";
import { sendFile } from "./send";

let server: Server;
let seen: { url: string; bytes: number };
let answer: { status: number; body: string };

beforeEach(async () => {
  seen = { url: "", bytes: 0 };
  answer = { status: 200, body: `{"jobs":["job-1"]}` };
  server = createServer((request, response) => {
    seen.url = request.url ?? "";
    request.on("data", (part: Buffer) => (seen.bytes += part.length));
    request.on("end", () => response.writeHead(answer.status).end(answer.body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(`http://127.0.0.1:${port}/`);
});
afterEach(() => server.close());

const file = (): File => new File(["x".repeat(1000)], "Take 2 – wide.mov");

it("sends the bytes under the file's name and answers the jobs", async () => {
  expect(await sendFile(file(), () => undefined, new AbortController().signal)).toEqual(["job-1"]);
  expect(seen.url).toBe("/upload?name=Take%202%20%E2%80%93%20wide.mov");
  expect(seen.bytes).toBe(1000);
});

it("says the program's own words when it refuses", async () => {
  answer = { status: 400, body: `{"code":"hostile-name","message":"Not this name.","hint":"Rename it.","detail":""}` };
  const refused = await sendFile(file(), () => undefined, new AbortController().signal).catch((thrown) => thrown);
  expect(refused).toBeInstanceOf(Refused);
  expect((refused as Refused).fault.code).toBe("hostile-name");
});

it("is not begun when it is cancelled before", async () => {
  const refused = await sendFile(file(), () => undefined, AbortSignal.abort()).catch((thrown) => thrown);
  expect((refused as Refused).fault.code).toBe("cancelled");
  expect(seen.url).toBe("");
});
