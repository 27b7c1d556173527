import { beforeEach, describe, expect, test } from "vitest";
import { Player } from "../src/input/player";

let sent: number[][];
let player: Player;

beforeEach(() => {
  sent = [];
  player = new Player((midi) => sent.push(midi));
});

describe("what the page plays", () => {
  test("is a note-on and one note-off", () => {
    player.press("finger", 60, 90);
    player.release("finger");
    player.release("finger");
    expect(sent).toEqual([
      [0x90, 60, 90],
      [0x80, 60, 0],
    ]);
  });

  test("sounds on while another holder has the same key", () => {
    player.press("finger", 60, 90);
    player.press("code:KeyZ", 60, 96);
    player.release("finger");
    expect(sent.at(-1)).toEqual([0x90, 60, 96]);
    player.release("code:KeyZ");
    expect(sent.at(-1)).toEqual([0x80, 60, 0]);
  });

  test("slides: the key before is let go before the next one sounds", () => {
    player.press("finger", 60, 90);
    player.press("finger", 62, 80);
    expect(sent.slice(1)).toEqual([
      [0x80, 60, 0],
      [0x90, 62, 80],
    ]);
  });

  test("repeats nothing while a finger rests on a key", () => {
    player.press("finger", 60, 90);
    player.press("finger", 60, 50);
    expect(sent).toHaveLength(1);
  });

  test("is all let go at once, pedal included", () => {
    player.press("a", 60, 90);
    player.press("b", 64, 90);
    player.pedal("space", true);
    player.releaseAll();
    expect(sent.slice(3)).toEqual([
      [0x80, 60, 0],
      [0x80, 64, 0],
      [0xb0, 64, 0],
    ]);
    expect(player.held.size).toBe(0);
  });

  test("holds the pedal while any foot is on it", () => {
    player.pedal("space", true);
    player.pedal("shift", true);
    player.pedal("space", false);
    expect(sent).toEqual([[0xb0, 64, 127]]);
    player.pedal("shift", false);
    expect(sent.at(-1)).toEqual([0xb0, 64, 0]);
  });

  test("leaves nothing on, whatever the order of presses and releases", () => {
    const sounding = new Map<number, boolean>();
    const any = new Player(([status = 0, pitch = 0]) => sounding.set(pitch, status === 0x90));
    let seed = 7;
    const chance = (most: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % most;
    };
    for (let step = 0; step < 5000; step++) {
      if (chance(3)) any.press(`holder${chance(6)}`, 60 + chance(5), 80);
      else any.release(`holder${chance(6)}`);
      for (const [pitch, on] of sounding) expect(on).toBe(any.holds(pitch));
    }
    any.releaseAll();
    expect([...sounding.values()]).not.toContain(true);
  });
});
