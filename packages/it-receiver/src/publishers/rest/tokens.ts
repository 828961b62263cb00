/** Lets in whoever has a token with the scope that an endpoint needs.
 *  request → [tokens] → endpoint
 *  Source: RFC 6750 (Bearer). */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Clock, type Log, type RateLimitedLog, rateLimited, StationError } from "@nonreturn/station/thread";
import { passwordOf } from "../password.ts";
import type { Scope, TokenConfig } from "./config.ts";
import { Problem } from "./problem.ts";

const SHORTEST_TOKEN = 20;
const LONGEST_HEADER = 1000;
/** So many failures of one address within the window, then it waits for the window's end: with a right token too, or guessing would go on. */
const FAILURES = 10;
const WINDOW_MS = 60_000;
/** Addresses with failures that are remembered; beyond, the longest remembered is forgotten. */
const MAXIMUM_ADDRESSES = 1000;
const LOGGED_PER_MINUTE = 10;

interface Known {
  readonly name: string;
  readonly digest: Buffer;
  readonly scopes: ReadonlySet<Scope>;
}

export class Tokens {
  readonly #known: readonly Known[];
  readonly #clock: Clock;
  readonly #log: RateLimitedLog;
  readonly #failures = new Map<string, { startedMs: number; count: number }>();

  /** @throws {StationError} FILE_…, REST_TOKEN for one that could be guessed. */
  constructor(tokens: readonly TokenConfig[], clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = rateLimited(log, clock, LOGGED_PER_MINUTE);
    this.#known = tokens.map(({ name, scopes, sha256, tokenFile }) => ({
      name,
      scopes: new Set(scopes),
      digest: sha256 === undefined ? digestOfFile(tokenFile!) : Buffer.from(sha256, "hex"),
    }));
  }

  /** @throws {Problem} 401, 403, 429 */
  admit(authorization: string | undefined, address: string, scope: Scope): void {
    const waitMs = this.#waitOf(address);
    if (waitMs > 0)
      throw new Problem(
        429,
        "this address failed too often; try again later",
        {},
        { "retry-after": String(Math.ceil(waitMs / 1000)) },
      );
    const token = authorization === undefined ? undefined : tokenOf(authorization);
    const holder = token === undefined ? undefined : this.#holderOf(token);
    if (holder === undefined) {
      // Without any attempt nothing was guessed.
      if (authorization !== undefined) this.#failed(address);
      throw new Problem(
        401,
        "send the header Authorization: Bearer TOKEN with a token of this publisher",
        {},
        { "www-authenticate": 'Bearer realm="nonreturn"' },
      );
    }
    if (!holder.scopes.has(scope))
      throw new Problem(
        403,
        `this needs the scope ${scope}; the token ${holder.name} has ${[...holder.scopes].join(", ")}`,
        {},
        { "www-authenticate": `Bearer realm="nonreturn", error="insufficient_scope", scope="${scope}"` },
      );
  }

  /** Compares with every token, in constant time each, so that neither place nor length nor first letters show. */
  #holderOf(token: string): Known | undefined {
    const digest = digestOf(token);
    let holder: Known | undefined;
    for (const known of this.#known) if (timingSafeEqual(digest, known.digest)) holder = known;
    return holder;
  }

  #waitOf(address: string): number {
    const failures = this.#failures.get(address);
    if (failures === undefined) return 0;
    const leftMs = failures.startedMs + WINDOW_MS - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#failures.delete(address);
    return failures.count >= FAILURES ? leftMs : 0;
  }

  #failed(address: string): void {
    const failures = this.#failures.get(address) ?? { startedMs: this.#clock.monotonicMs(), count: 0 };
    failures.count++;
    this.#failures.set(address, failures);
    const [longest] = this.#failures.keys();
    if (this.#failures.size > MAXIMUM_ADDRESSES) this.#failures.delete(longest!);
    this.#log.warn("REST_TOKEN_WRONG", "a request came with a token that is not known", { address });
  }
}

function tokenOf(authorization: string): string | undefined {
  if (authorization.length > LONGEST_HEADER) return undefined;
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1];
}

function digestOfFile(tokenFile: string): Buffer {
  const token = passwordOf({ passwordFile: tokenFile })!;
  if (token.length >= SHORTEST_TOKEN && tokenOf(`Bearer ${token}`) === token) return digestOf(token);
  throw new StationError({
    code: "REST_TOKEN",
    what: "holds no usable token",
    where: tokenFile,
    action: `Write one line of ${SHORTEST_TOKEN} to 900 letters, digits and . _ ~ + / = -, for instance by: openssl rand -hex 32 > ${tokenFile}`,
  });
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
