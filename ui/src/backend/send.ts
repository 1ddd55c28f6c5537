import { faultOfStatus, Refused } from "./backend";
import type { Started } from "./wire";

/**
 * Sends one file to the server and tells how much of it is on its way. `fetch` tells nothing of a body that is being sent,
 * so this is the older request, which does.
 */
export function sendFile(file: File, sent: (bytes: number) => void, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const refuse = (code: "cancelled" | "unreachable", message: string): void =>
      reject(new Refused({ code, message, hint: "Nothing of it was kept.", detail: "" }));
    request.upload.addEventListener("progress", (event) => sent(event.loaded));
    request.addEventListener("load", () => {
      const body = readJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve((body as Started).jobs);
      else reject(new Refused(faultOfStatus(body, request.status, `upload: ${request.status}`)));
    });
    request.addEventListener("error", () =>
      refuse("unreachable", "The line to Circle Take broke while this was sent."),
    );
    request.addEventListener("abort", () => refuse("cancelled", "The upload was cancelled."));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    signal.addEventListener("abort", stop);
    request.open("POST", `/upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    if (signal.aborted) refuse("cancelled", "The upload was cancelled.");
    else request.send(file);
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
