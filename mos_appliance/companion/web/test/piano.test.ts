import { describe, expect, test } from "vitest";
import { lettersByPitch, OFFSETS } from "../src/input/letters";
import { firstWhiteFor, keyAt, keyShapes, velocityAt, whiteKeysFor } from "../src/input/piano";
import { isBlack, pitchName, WHITE_KEYS } from "../src/music/pitch";

describe("the piano", () => {
  test("has 88 keys, 52 of them white, from A0 to C8", () => {
    const shapes = keyShapes(0, 52);
    expect(shapes).toHaveLength(88);
    expect(WHITE_KEYS).toHaveLength(52);
    expect(pitchName(Math.min(...shapes.map((shape) => shape.pitch)))).toBe("A0");
    expect(pitchName(Math.max(...shapes.map((shape) => shape.pitch)))).toBe("C8");
  });

  test("finds each key in its middle", () => {
    const shapes = keyShapes(0, 52);
    for (const { pitch, black, left, width } of shapes) {
      expect(keyAt(shapes, left + width / 2, black ? 0.3 : 0.9)).toBe(pitch);
    }
  });

  test("has no black key over its edges", () => {
    const shapes = keyShapes(firstWhiteFor(60, 8), 8);
    expect(shapes.map((shape) => shape.pitch)).toEqual([60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72]);
  });

  test("gives nothing beside it", () => {
    const shapes = keyShapes(0, 8);
    expect(keyAt(shapes, -0.1, 0.5)).toBeNull();
    expect(keyAt(shapes, 8.1, 0.5)).toBeNull();
  });

  test("is harder near the player, on black keys too", () => {
    expect(velocityAt(0, false)).toBeLessThan(40);
    expect(velocityAt(1, false)).toBeGreaterThan(110);
    expect(velocityAt(0.62, true)).toBe(velocityAt(1, false));
    for (const y of [-3, 0, 0.5, 1, 9]) expect(velocityAt(y, false)).toBeGreaterThan(0);
    for (const y of [-3, 0, 0.5, 1, 9]) expect(velocityAt(y, true)).toBeLessThan(128);
  });

  test("shows keys of a finger's width on a phone and all of them on a laptop", () => {
    expect(whiteKeysFor(360, true)).toBe(8);
    expect(whiteKeysFor(1280, false)).toBe(52);
    expect(whiteKeysFor(100, true)).toBe(7);
  });

  test("never begins so far up that keys would be missing", () => {
    expect(firstWhiteFor(108, 8)).toBe(44);
    expect(firstWhiteFor(0, 8)).toBe(0);
    expect(WHITE_KEYS[firstWhiteFor(60, 8)]).toBe(60);
  });
});

describe("the computer's keys", () => {
  test("play two rows of a piano: naturals below, sharps above", () => {
    expect(OFFSETS.get("KeyZ")).toBe(0);
    expect(OFFSETS.get("KeyM")).toBe(11);
    expect(OFFSETS.get("KeyQ")).toBe(12);
    expect(OFFSETS.get("KeyP")).toBe(28);
    for (const [code, offset] of OFFSETS) {
      const sharp = /Digit|Key[SDGHJL]|Semicolon/.test(code);
      expect([code, isBlack(offset)]).toEqual([code, sharp]);
    }
  });

  test("are named as their keyboard prints them, once it has shown it", () => {
    expect(lettersByPitch(48, new Map()).get(48)).toBe("Z");
    expect(lettersByPitch(48, new Map([["KeyZ", "Y"]])).get(48)).toBe("Y");
    expect(lettersByPitch(48, new Map()).get(60)).toBe("Q");
  });
});
