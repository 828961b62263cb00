/** The OT stations that this one knows: what each last said of itself, its link, and what is stored of it.
 *  record's news, tag directory, store.db → [known stations] → REST */
import type { Clock } from "@nonreturn/station";
import type { StatusBatch } from "@nonreturn/wire-format";
import type { StoredBlock } from "../record/store.ts";
import type { StoredStream } from "../record/stream-list.ts";
import type { TagDirectory } from "../tag/directory.ts";
import type { BlockOpener } from "./block-feed.ts";
import type { Announcement, KnownStation, LinkState } from "./publisher.ts";

/** The file is read for several questions at once, not for each anew. */
const KEPT_MS = 1000;

interface KnownStationsSurroundings {
  readonly clock: Clock;
  /** The one that is received. */
  readonly stream: number;
  readonly directory: TagDirectory;
  readonly link: () => LinkState;
  readonly readStreams: () => readonly StoredStream[];
  readonly open: BlockOpener;
}

export class KnownStations {
  readonly #around: KnownStationsSurroundings;
  readonly #sinceStartMs: number;
  #lastLifeMs: number | undefined;
  /** Since this station started. */
  #announced: Announcement | undefined;
  #streams: { readonly list: readonly StoredStream[]; readonly readMs: number } | undefined;

  constructor(around: KnownStationsSurroundings) {
    this.#around = around;
    this.#sinceStartMs = around.clock.monotonicMs();
  }

  /** The station of the received stream told its status. */
  announced(status: StatusBatch): void {
    this.#announced = { status, heardAt: this.#around.clock.nowUtcMicros() };
  }

  /** The link lives. */
  alive(): void {
    this.#lastLifeMs = this.#around.clock.monotonicMs();
  }

  /** The received stream, whether anything came of it or not, and every other that the store holds; ascending. @throws {StationError} DATABASE_… */
  list(): KnownStation[] {
    const { clock, stream: received, readStreams } = this.#around;
    const nowMs = clock.monotonicMs();
    if (this.#streams === undefined || nowMs - this.#streams.readMs >= KEPT_MS)
      this.#streams = { list: readStreams(), readMs: nowMs };
    const stored = new Map(this.#streams.list.map((one) => [one.stream, one]));
    const streams = [...new Set([received, ...stored.keys()])].sort((a, b) => a - b);
    return streams.map((stream) => ({
      stream,
      announced: this.#announcedBy(stream, stored.get(stream)?.announced),
      link:
        stream === received
          ? this.#link(nowMs)
          : {
              state: "off",
              since: undefined,
              reason: `this station receives stream ${received}; what it holds of stream ${stream} came before`,
            },
      stored: stored.get(stream),
      tags: this.#tagsOf(stream),
    }));
  }

  /** Old: before this station started, or the link has fallen silent since. */
  #announcedBy(stream: number, stored: StoredBlock | undefined): KnownStation["announced"] {
    const { stream: received, link, open } = this.#around;
    if (stream === received && this.#announced !== undefined)
      return { ...this.#announced, is: link().state === "up" ? "current" : "old" };
    if (stored === undefined) return undefined;
    try {
      const { batch } = open(stored.bytes, stored);
      return batch.kind === "status" ? { status: batch, heardAt: stored.recordedAt, is: "old" } : undefined;
    } catch {
      return undefined; // sealed for keys that this station does not have any more
    }
  }

  #link(nowMs: number): KnownStation["link"] {
    const { state, since } = this.#around.link();
    const silentS = Math.round((nowMs - (this.#lastLifeMs ?? this.#sinceStartMs)) / 1000);
    const reasons = {
      up: "",
      silent: `no heartbeat for ${silentS} s${this.#lastLifeMs === undefined ? ", none since this station started" : ""}`,
      unknown: "this station has just started; no heartbeat has come yet",
    };
    return { state, since, reason: reasons[state] };
  }

  #tagsOf(stream: number): number {
    let newest = { journalEpoch: -1, count: 0 };
    for (const { stream: of, journalEpoch, tags } of this.#around.directory.revisions()) {
      if (of !== stream || journalEpoch <= newest.journalEpoch) continue;
      let count = 0;
      for (const { retired } of tags.values()) if (!retired) count++;
      newest = { journalEpoch, count };
    }
    return newest.count;
  }
}
