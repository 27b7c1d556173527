/** The WebSocket to the hub: opens it, opens it again when it goes, and measures the way there and back. */
import type { FromPage, ToPage } from "./generated";

export interface Events {
  opened(): void;
  lost(): void;
  message(message: ToPage): void;
  roundTrip(ms: number): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const PING_MS = 2000;
/** A hub that answers no ping for so long is gone, whatever TCP believes. */
const SILENCE_MS = 6000;
/** With more than this unsent the network is stuck: notes that come late are worse than none. */
const MOST_UNSENT_BYTES = 64 * 1024;

/** The wait before try `tries` (from 0), in ms: doubled each time, shortened by chance so that not all come at once. */
export function waitMs(tries: number, chance: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (1 - chance / 2);
}

export class Connection {
  private socket: WebSocket | null = null;
  private tries = 0;
  private token = 0;
  private pinged = new Map<number, number>();
  private heardMs = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly events: Events,
  ) {}

  start(): void {
    this.open();
    setInterval(() => this.ping(), PING_MS);
  }

  /** Sends now or not at all: what was played while there was no connection must not sound later. */
  send(message: FromPage): boolean {
    const socket = this.socket;
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MOST_UNSENT_BYTES) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  /** Tries at once: the page was brought back, or the network says that it is. */
  hurry(): void {
    if (this.socket) return;
    this.tries = 0;
    this.open();
  }

  private open(): void {
    clearTimeout(this.retry);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardMs = performance.now();
    socket.onopen = () => {
      this.tries = 0;
      this.pinged.clear();
      this.events.opened();
      this.ping();
    };
    socket.onmessage = (event: MessageEvent<string>) => this.hear(event.data);
    socket.onclose = () => this.closed(socket);
  }

  private closed(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.events.lost();
    this.retry = setTimeout(() => this.open(), waitMs(this.tries, Math.random()));
    this.tries += 1;
  }

  private hear(text: string): void {
    this.heardMs = performance.now();
    const message = JSON.parse(text) as ToPage;
    if (message.kind === "pong") {
      const sentMs = this.pinged.get(message.token);
      this.pinged.delete(message.token);
      if (sentMs !== undefined) this.events.roundTrip(this.heardMs - sentMs);
    }
    this.events.message(message);
  }

  private ping(): void {
    const socket = this.socket;
    if (!socket) return;
    const nowMs = performance.now();
    if (nowMs - this.heardMs > SILENCE_MS) {
      socket.close();
      this.closed(socket);
      return;
    }
    this.token += 1;
    if (this.send({ kind: "ping", token: this.token })) this.pinged.set(this.token, nowMs);
  }
}
