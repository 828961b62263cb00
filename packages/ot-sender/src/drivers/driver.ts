/** The driver contract: reads a device that is already there, and has no way to write to it.
 *  [drivers] → tag → report → batch → journal → egress */
import type { Clock, Log } from "@nonreturn/station";
import type { DataType, Sample, SampleColumns } from "@nonreturn/wire-format";
import type { z } from "zod";

/** One tag as a driver sees it: where to read it and what is there. */
export interface TagAddress {
  readonly tagId: number;
  readonly path: string;
  /** Driver syntax, e.g. `hr:100`, `40001`, `DB1,REAL4`. */
  readonly address: string;
  /** Of the raw value at the device. */
  readonly dataType: DataType;
  /** Further driver-specific properties of the tag, already validated by the driver's own config schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A tag that a plan cannot read, and why. It is reported as a Bad sample on every scan, never silently left out. */
export interface RefusedTag {
  readonly tagId: number;
  readonly path: string;
  readonly statusCode: number;
  readonly reason: string;
}

/** What `read` will do: opaque to everybody but its driver, apart from this. */
export interface ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  /** One line per request, for `nonreturn-ot read` and the console: "FC3 unit 1 hr:100 … 163 (64 registers, 12 tags)". */
  readonly requests: readonly string[];
}

/** No write: one-way flow is visible in the type. */
export type Driver = PollingDriver | SubscribingDriver;

export interface PollingDriver {
  readonly kind: "polling";
  /** Validate and coalesce. Called before connect and again whenever the tag list changes. No network. Never throws for a bad tag. */
  plan(tags: readonly TagAddress[]): ReadPlan;
  /** Called while not connected. Rejects with a StationError. Must give up when the signal aborts. */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * One row per tag of the plan, refused ones included, in the plan's order; a tag that fails is a Bad sample, never an old value.
   * The columns are the caller's from then on.
   * Rejects only when the connection is lost (the runner then reports every tag of the plan Bad and reconnects) or the signal aborts.
   * Never called twice at once on one connection.
   */
  read(plan: ReadPlan, signal: AbortSignal): Promise<SampleColumns>;
  /** The same, and beside each sample what the device sent for it. For a person who tries addresses; never called by the runner. */
  readRaw?(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]>;
  /** What the device says it has, for a person who makes a tag list. After `connect`; never called by the runner. Rejects with a StationError. */
  browse?(signal: AbortSignal): Promise<Browsed>;
  /** Idempotent; also called after a failed connect. */
  close(): Promise<void>;
}

export interface Browsed {
  readonly tags: readonly BrowsedTag[];
  /** cut: there are more than a list should have. */
  readonly extent: "all" | "cut";
}

/** A value that a tag could be made of. */
export interface BrowsedTag {
  readonly address: string;
  /** A tag path it could have. */
  readonly path: string;
  /** Undefined if the driver has no type for it. */
  readonly dataType: DataType | undefined;
  /** The device's own words: "REAL[100]". */
  readonly description: string;
}

/** A sample before scaling, and what it was made of, as text: registers in hexadecimal and the like; "" if nothing came. */
export interface RawReading {
  readonly sample: Sample;
  readonly raw: string;
  /** Why a Bad sample is bad; "" otherwise. */
  readonly reason: string;
}

export interface SubscribingDriver {
  readonly kind: "subscribing";
  plan(tags: readonly TagAddress[]): ReadPlan;
  connect(signal: AbortSignal): Promise<void>;
  /** Delivers until the connection is lost or the signal aborts, then rejects; resolves never. */
  subscribe(plan: ReadPlan, onSamples: (samples: readonly Sample[]) => void, signal: AbortSignal): Promise<never>;
  /** As those of a polling driver: for a person, never called by the runner. */
  readRaw?(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]>;
  browse?(signal: AbortSignal): Promise<Browsed>;
  /** What came and gave no value, or gave reason to doubt, by reason; counted from the start of the station. The reasons are always the same few. */
  readonly dropped?: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What a driver folder's index.ts offers the registry. `Config` is what the user writes for one device, validated. */
export interface DriverFactory<Config = unknown> {
  /** What stands behind `driver:` in the configuration. */
  readonly name: string;
  /** Keys of a device, beside those that every device has (config/device-section.ts). */
  readonly deviceShape: z.ZodRawShape;
  /** Keys that hold paths (a record of them: in its values) though their names do not end in File or Folder. See config/place-paths.ts. */
  readonly pathKeys?: readonly string[];
  /** Folders for keys that the user left out; relative to the data folder. */
  readonly ownFolders?: Readonly<Record<string, string>>;
  /** Keys of a tag, beside those that every tag has. All optional: they become TagAddress.options. */
  readonly tagShape: z.ZodRawShape;
  /**
   * Devices with the same channel share one connection and one clock (a gateway's TCP connection, a serial line);
   * a dead device on another channel never delays them.
   */
  channelOf(config: Config): string;
  /** What keeps a device from sharing its channel with the first one on it (another baud rate on the same serial line), and what to write. */
  channelMistakeOf?(config: Config, first: Config): string | undefined;
  /** Tags of one device that answer or fall silent together. The runner reads them apart, so that one dead unit costs the others little. */
  unitOf(tag: TagAddress, config: Config): string;
  /** The type of an address that names none itself: BOOLEAN for a coil. Undefined if only the user can know. */
  typeOf(address: string): DataType | undefined;
  /** For `nonreturn-ot read`, where a person names addresses without a type: what is likely there; and what `raw` of a reading is. FLOAT64 and "raw" if left out. */
  readonly trying?: { readonly rawWord: string; typeOf(address: string): DataType };
  /** What is wrong with a tag, and after a semicolon what to write; undefined if it can be planned. */
  mistakeOf(tag: TagAddress, config: Config): string | undefined;
  /**
   * Load what is large. Called before the scan of enabled devices begins, and again when a reload brings one; never without one. It may hold
   * up its thread: the first time nothing is scanned yet.
   */
  prepare?(): Promise<unknown>;
  /**
   * Drivers of all devices of one channel, in their order. They share its connection: the first `connect` opens it, the last `close` ends it.
   * The runner never calls two of them at once. No network yet.
   */
  createChannel(devices: readonly ChannelDevice<Config>[], surroundings: DriverSurroundings): readonly Driver[];
}

export interface ChannelDevice<Config = unknown> {
  readonly device: string;
  readonly config: Config;
  /** IANA name; of the device's own clock, where its timestamps name no zone. */
  readonly timezone: string;
}

export interface DriverSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** person: somebody tries addresses, perhaps beside the running station, and must not disturb it. station if left out. */
  readonly purpose?: "station" | "person";
}
