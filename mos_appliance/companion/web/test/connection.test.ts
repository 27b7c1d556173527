import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Connection, waitMs } from "../src/wire/connection";
import type { ToPage } from "../src/wire/generated";

/** A socket whose other end is the test. */
class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 0;
  bufferedAmount = 0;
  sent: string[] = [];
  onopen: () => void = () => {};
  onmessage: (event: { data: string }) => void = () => {};
  onclose: () => void = () => {};

  constructor(readonly url: string) {
    Socket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  open(): void {
    this.readyState = 1;
    this.onopen();
  }

  close(): void {
    this.readyState = 3;
    this.onclose();
  }
}

let seen: string[];
let messages: ToPage[];
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  Socket.all = [];
  seen = [];
  messages = [];
  connection = new Connection("ws://box/api/v1/live", {
    opened: () => seen.push("opened"),
    lost: () => seen.push("lost"),
    message: (message) => messages.push(message),
    roundTrip: (ms) => seen.push(`round trip ${ms}`),
  });
  connection.start();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const newest = (): Socket => Socket.all[Socket.all.length - 1] as Socket;

describe("the connection", () => {
  test("comes back by itself after it was lost", () => {
    newest().open();
    newest().close();
    expect(seen).toEqual(["opened", "lost"]);
    vi.advanceTimersByTime(300);
    expect(Socket.all).toHaveLength(2);
    newest().open();
    expect(seen).toEqual(["opened", "lost", "opened"]);
  });

  test("waits longer after each failure, five seconds at most", () => {
    expect(waitMs(0, 0)).toBe(250);
    expect(waitMs(3, 0)).toBe(2000);
    expect(waitMs(30, 0)).toBe(5000);
    expect(waitMs(30, 1)).toBe(2500);
  });

  test("drops what is played while it is lost: it must not sound later", () => {
    expect(connection.send({ kind: "panic" })).toBe(false);
    newest().open();
    expect(connection.send({ kind: "panic" })).toBe(true);
    expect(newest().sent.filter((text) => text.includes("panic"))).toHaveLength(1);
  });

  test("drops what a stuck network does not take", () => {
    newest().open();
    newest().bufferedAmount = 1e6;
    expect(connection.send({ kind: "panic" })).toBe(false);
  });

  test("measures the way there and back", () => {
    newest().open();
    vi.advanceTimersByTime(12);
    newest().onmessage({ data: JSON.stringify({ kind: "pong", token: 1 }) });
    expect(seen).toContain("round trip 12");
  });

  test("gives up a hub that has fallen silent", () => {
    newest().open();
    vi.advanceTimersByTime(9000);
    expect(seen).toContain("lost");
    expect(Socket.all.length).toBeGreaterThan(1);
  });

  test("tries at once when told to hurry, but never twice at a time", () => {
    newest().open();
    newest().close();
    connection.hurry();
    expect(Socket.all).toHaveLength(2);
    connection.hurry();
    expect(Socket.all).toHaveLength(2);
  });
});
