/**
 * Measures from the press of a key or button to the frame in which its effect is on screen, as a performance measure that
 * tests and people can read.
 */
export function measureToPaint(name: string, pressedAt: number): void {
  requestAnimationFrame(() => {
    // A message posted in the frame callback arrives after that frame was painted.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      performance.measure(name, { start: pressedAt, end: performance.now() });
      channel.port1.close();
    };
    channel.port2.postMessage(null);
  });
}
