import { describe, expect, it } from "vitest";
import { Jog, nextNotch, shuttleSpeed } from "./jog";

const turn = (deltaY: number, more: Partial<WheelEvent> = {}) => ({
  deltaX: 0,
  deltaY,
  deltaMode: WheelEvent.DOM_DELTA_PIXEL,
  shiftKey: false,
  ...more,
});

describe("a wheel over the picture", () => {
  it("moves by whole frames and keeps what is left of one", () => {
    const jog = new Jog();
    expect([15, 15, 15].map((px) => jog.turn(turn(px)))).toEqual([0, 0, 1]);
    expect(jog.turn(turn(75))).toBe(2);
  });

  it("answers a change of direction at once", () => {
    const jog = new Jog();
    jog.turn(turn(39));
    expect(jog.turn(turn(-40))).toBe(-1);
  });

  it("takes a notch of a wheel for a frame, however far it is said to be", () => {
    expect([100, 120, -360].map((px) => new Jog().turn(turn(px)))).toEqual([1, 1, -1]);
    expect(new Jog().turn(turn(3, { deltaMode: WheelEvent.DOM_DELTA_LINE }))).toBe(1);
  });

  it("goes sideways, and goes far with Shift", () => {
    expect(new Jog().turn(turn(0, { deltaX: -80 }))).toBe(-2);
    expect(new Jog().turn(turn(0, { deltaX: 40, shiftKey: true }))).toBe(10);
  });
});

describe("the shuttle", () => {
  it("is still in the middle and fastest at its ends", () => {
    expect([0, 0.1, 0.25, 0.5, 0.7, 0.9, 1].map(shuttleSpeed)).toEqual([0, 0, 1, 2, 4, 8, 8]);
    expect([-0.25, -1].map(shuttleSpeed)).toEqual([-1, -8]);
  });

  it("goes notch by notch under the arrow keys", () => {
    expect([0, 1, 8, -1, -8].map((speed) => nextNotch(speed, 1))).toEqual([1, 2, 8, 0, -4]);
    expect([0, 1, -8].map((speed) => nextNotch(speed, -1))).toEqual([-1, 0, -8]);
  });
});
