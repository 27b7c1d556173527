/** The HTTP side of the hub. */

const ROOT = "/api/v1";

export interface Instrument {
  program: number;
  bank: number;
  name: string;
  family: string;
}

/** What the hub refused, in its own words. */
export class Refused extends Error {}

export async function ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(ROOT + path, { method, ...init });
  if (answer.ok) return answer;
  const text = await answer.text();
  throw new Refused(reason(text) ?? `${answer.status} ${answer.statusText}`);
}

/** The `why` of `{"error": {"where", "why"}}`; null when the answer is something else (a proxy's page, say). */
function reason(text: string): string | null {
  if (!text.startsWith("{")) return null;
  const { error } = JSON.parse(text) as { error?: { where?: string; why?: string } };
  return error ? [error.where, error.why].filter(Boolean).join(": ") : null;
}

const json = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { "Content-Type": "application/json" },
});

const takePath = (take: string) => `/takes/${encodeURIComponent(take)}`;

export const api = {
  async instruments(): Promise<Instrument[]> {
    return (await (await ask("GET", "/instruments")).json()) as Instrument[];
  },
  async loadSong(file: File): Promise<void> {
    // Headers carry Latin letters only, titles do not.
    const title = encodeURIComponent(file.name.replace(/\.midi?$/i, ""));
    await ask("PUT", "/song", { body: file, headers: { "Content-Type": "audio/midi", "X-Title": title } });
  },
  async removeSong(): Promise<void> {
    await ask("DELETE", "/song");
  },
  async renameTake(take: string, title: string): Promise<void> {
    await ask("PATCH", takePath(take), json({ title }));
  },
  async deleteTake(take: string): Promise<void> {
    await ask("DELETE", takePath(take));
  },
  async restoreTake(take: string): Promise<void> {
    await ask("POST", `${takePath(take)}/restore`);
  },
  /** A box has no clock of its own: whoever looks at its page tells it what time it is. */
  async tellTime(unixMs: number): Promise<void> {
    await ask("PUT", "/clock", json({ unix_ms: unixMs }));
  },
  takeFile(take: string, format: "mid" | "wav"): string {
    return `${ROOT}${takePath(take)}.${format}`;
  },
  listen: `${ROOT}/listen.wav`,
};
