// What a hand feels in a page: how long each input took to its next picture.

/** What a hand feels as one with its movement. */
export const FELT_MILLIS = 50;

/** Begins to note every input and how long it took to the next picture. */
export async function listen(page) {
  await page.evaluate(() => {
    window.inputs = [];
    window.frames = [];
    const note = (list) => {
      for (const entry of list.getEntries())
        window.inputs.push({ name: entry.name, millis: entry.duration });
    };
    window.noting = new PerformanceObserver(note);
    window.noting.observe({ type: "event", durationThreshold: 16 });
    let last = performance.now();
    const frame = (now) => {
      window.frames.push(now - last);
      last = now;
      window.nextFrame = requestAnimationFrame(frame);
    };
    window.nextFrame = requestAnimationFrame(frame);
  });
}

/** Says what was noted of `sent` inputs. */
export async function heard(page, what, sent) {
  await page.waitForTimeout(300);
  const { inputs, frames } = await page.evaluate(() => {
    for (const entry of window.noting.takeRecords())
      window.inputs.push({ name: entry.name, millis: entry.duration });
    window.noting.disconnect();
    cancelAnimationFrame(window.nextFrame);
    return { inputs: window.inputs, frames: window.frames };
  });
  const kinds = [
    "keydown",
    "wheel",
    "scroll",
    "pointerdown",
    "pointermove",
    "click",
  ];
  const slow = inputs
    .filter((input) => kinds.includes(input.name))
    .map((input) => input.millis)
    .sort((a, b) => a - b);
  const felt = slow.filter((millis) => millis > FELT_MILLIS).length;
  const worst = Math.max(0, ...frames.slice(1));
  console.log(
    `${what}: ${sent} inputs, ${felt} over ${FELT_MILLIS} ms to their picture, the slowest ${slow.at(-1) ?? "under 16"} ms; ${frames.length} frames, the longest gap ${worst.toFixed(0)} ms`,
  );
}

/** Holds a key down for so many repeats. */
export async function hold(page, key, times, everyMillis) {
  await listen(page);
  await page.keyboard.down(key);
  for (let i = 1; i < times; i += 1) {
    await page.keyboard.down(key);
    await page.waitForTimeout(everyMillis);
  }
  await page.keyboard.up(key);
  await heard(page, `${key} held`, times);
}
