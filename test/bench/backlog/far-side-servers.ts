/** The business systems that were away and come back: a PostgreSQL and a mosquitto that keep their port and their subscribers' sessions.
 *  servers → [far-side servers] → measure backlog */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { Client } from "pg";
import { systemClock } from "../../../packages/station/src/index.ts";
import type { EmbeddedPostgres } from "../../support/embedded-postgres.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { type RunningServer, startServer } from "../../support/server-program.ts";
import { SAMPLES_PER_SCAN, SCANS_PER_SECOND } from "./steady-plant.ts";

export interface Broker extends RunningServer {
  readonly url: string;
}

/** @param folder  takes its configuration and its sessions. */
export async function startSessionBroker(folder: string): Promise<Broker> {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const port = await freeTcpPort();
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "max_queued_messages 0",
    "set_tcp_nodelay true",
    "persistence true",
    `persistence_location ${folder}/`,
    "user root",
  ];
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const server = await startServer({
    name: "mosquitto",
    command: "mosquitto",
    args: ["-c", file],
    folder,
    ask: () => answers(port),
    killSignal: "SIGTERM", // its sessions are written down
  });
  return { ...server, url: `mqtt://127.0.0.1:${port}` };
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

/** Asks every few milliseconds for the newest sample of one tag per scan: when did it come? */
export class NewestRows {
  readonly #client: Client;
  readonly #live: [number, number][] = [];
  readonly #seen = new Set<string>();
  #stopped = false;
  #ended: Promise<void> | undefined;

  constructor({ host, port, username, password, database }: EmbeddedPostgres) {
    this.#client = new Client({ host, port, user: username, password, database });
    this.#client.on("error", () => undefined);
  }

  /** When they were read (ms since 1970), and how many ms later they were found. */
  get live(): readonly (readonly [number, number])[] {
    return this.#live;
  }

  /** @param liveFrom  microseconds: what was read later counts. */
  async start(schema: string, liveFrom: number): Promise<void> {
    await this.#client.connect();
    const firsts = Array.from({ length: SCANS_PER_SECOND }, (_, scan) => scan * SAMPLES_PER_SCAN + 1);
    const tags = await this.#client.query<{ id: number }>(
      `SELECT id FROM ${schema}.tag WHERE tag_id = ANY($1::bigint[])`,
      [firsts],
    );
    const columns = tags.rows.map(
      ({ id }) => `(SELECT extract(epoch FROM max(time)) * 1000 FROM ${schema}.sample WHERE tag = ${id})::text`,
    );
    this.#ended = this.#look(`SELECT ARRAY[${columns.join(", ")}] AS newest`, liveFrom / 1000);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended?.catch(() => undefined);
    await this.#client.end().catch(() => undefined);
  }

  async #look(query: string, liveFromMs: number): Promise<void> {
    while (!this.#stopped) {
      const { rows } = await this.#client.query<{ newest: (string | null)[] }>(query);
      const now = systemClock.nowUtcMicros() / 1000;
      rows[0]!.newest.forEach((text, tag) => {
        const key = `${tag} ${text}`;
        const readMs = Number(text ?? 0);
        if (readMs < liveFromMs || this.#seen.has(key)) return;
        this.#seen.add(key);
        this.#live.push([readMs, now - readMs]);
      });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export interface RowsCheck {
  readonly samples: number;
  /** Transactions with a sample of a tag and lane that is not later than all of it before, and samples that are twice in one transaction. */
  readonly notAscending: number;
}

/**
 * By transactions, whose numbers rise (one writer): within one, readers see all of it or nothing. The place of a row in the table says nothing:
 * autovacuum finds room in older pages.
 */
export async function checkRows(server: EmbeddedPostgres, schema: string): Promise<RowsCheck> {
  const [row] = await server.query<{ samples: string; wrong: string }>(
    `WITH part AS (
       SELECT tag, historical, xmin::text::bigint AS transaction, count(*) AS samples, count(DISTINCT time) AS times, min(time) AS first, max(time) AS last
       FROM ${schema}.sample GROUP BY tag, historical, xmin::text::bigint),
     placed AS (
       SELECT *, max(last) OVER (PARTITION BY tag, historical ORDER BY transaction ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM part)
     SELECT sum(samples)::text AS samples, (sum(samples - times) + count(*) FILTER (WHERE first <= before))::text AS wrong FROM placed`,
  );
  return { samples: Number(row?.samples), notAscending: Number(row?.wrong) };
}
