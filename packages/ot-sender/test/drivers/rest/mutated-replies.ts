/** Lets REST drivers read damaged replies over TCP, so many, and counts what becomes of them.
 *  seeded damage → scripted server → [mutated replies] → test */

import { StationError } from "@nonreturn/station";
import { qualityOf, StatusCode } from "@nonreturn/wire-format";
import { seededRandom } from "../../../../../hardware-sim/src/random/seeded-random.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { judge, readTag } from "../../../src/drivers/rest/convert.ts";
import { RestPlan } from "../../../src/drivers/rest/plan.ts";
import { driverFor, never, startScripted, tag } from "./rest-fixture.ts";

const BODY =
  '{"time":"2026-11-25T14:00:00Z","line":{"speed":12.5,"running":true,"zones":[180,181.5,-3e2,null]},"total":18446744073709551615,' +
  '"order":"A-17 \\u00b0C","nested":[[[{"a":[1,2]}]]]}';

export const PIECES = [
  ...[
    "\r\n",
    "\r\n\r\n",
    "0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "HTTP/1.1 100 X\r\n\r\n",
  ],
  ...[
    "HTTP/1.1 301 X\r\nLocation: \u0000\r\n\r\n",
    "ffffffffffffffff\r\n",
    "{",
    "[",
    "[".repeat(200),
    '"',
    "\\",
    "\u0000",
    "é",
  ],
  ...["1e999", "-", "9".repeat(400), "null", "__proto__", "Connection: close\r\n", "Content-Encoding: gzip\r\n"],
];

export interface MutatedResult {
  readonly mutated: number;
  readonly goodSamples: number;
  readonly badSamples: number;
  readonly rejections: number;
}

/** @throws whatever a driver throws that is no CONNECTION_LOST, and RangeError for samples that break the contract. */
export async function readMutated(replies: number, seed: number, share = 0.7): Promise<MutatedResult> {
  const random = seededRandom(seed, "rest");
  let mutated = 0;
  let served = 0;
  const server = await startScripted((socket) => {
    served++;
    server.requests.length = 0; // nobody looks at them
    if (random() >= share) socket.write(framed(BODY));
    // Within the head, and again: the first may be taken for the end of an idle connection, which is opened anew without a word.
    else if (++mutated % 64 < 2) socket.end(framed(BODY).subarray(0, Math.floor(random() * 80)));
    else if (mutated % 8 === 0)
      socket.end(mutate(framed(BODY), random)); // the end too: a reply that never gets whole costs no time-out
    else socket.write(framed(mutate(Buffer.from(BODY), random))); // the connection goes on: faster
  });
  const driver = driverFor(server.address, { maxBodyBytes: 10_000, badAddressRetry: "1s", timestamp: "/time" });
  const tags = [
    tag("/a#/line/speed"),
    tag("/a#/line/zones", "FLOAT32"),
    tag("/a#/total", "UINT64"),
    tag("/a#/order", "STRING"),
    tag("/a#/nested/0/0/0/a", "UINT8"),
  ];
  const result = { goodSamples: 0, badSamples: 0, rejections: 0 };
  let isConnected = false;
  try {
    while ((share === 0 ? served : mutated) < replies) {
      const plan = driver.plan(tags); // a refused path is asked again at once
      try {
        if (!isConnected) await driver.connect(never);
        isConnected = true;
        const samples = await readSamples(driver, plan, never);
        if (samples.length !== tags.length) throw new RangeError(`${samples.length} samples for ${tags.length} tags`);
        for (const { value, statusCode, sourceTimestamp } of samples) {
          if ((qualityOf(statusCode) === "bad") !== (value === null) || !Number.isSafeInteger(sourceTimestamp))
            throw new RangeError(`status ${statusCode} with value ${String(value)} of ${sourceTimestamp}`);
          if (statusCode === StatusCode.Good) result.goodSamples++;
          else result.badSamples++;
        }
      } catch (error) {
        if (!(error instanceof StationError) || error.code !== "CONNECTION_LOST") throw error;
        result.rejections++;
        isConnected = false;
      }
    }
  } finally {
    await driver.close();
    await server.close();
  }
  return { ...result, mutated };
}

function framed(body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** One to four of: a byte flipped, a piece put in, a piece cut out, cut off. */
export function mutate(bytes: Buffer, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  const below = (end: number): number => Math.floor(random() * end);
  for (let turn = 1 + below(4); turn > 0; turn--) {
    const at = below(result.length);
    switch (below(4)) {
      case 0:
        if (result.length > 0) result[at] = below(256);
        break;
      case 1:
        result = Buffer.concat([
          result.subarray(0, at),
          Buffer.from(PIECES[below(PIECES.length)]!),
          result.subarray(at),
        ]);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + below(20))]);
        break;
      default:
        if (below(4) === 0) result = result.subarray(0, at);
    }
  }
  return result;
}

/** The same without a connection: replies whose body, status and headers are damaged, judged and read. */
export function judgeMutated(replies: number, seed: number): { readonly good: number; readonly bad: number } {
  const random = seededRandom(seed, "judge");
  const planned = new RestPlan(
    [tag("/a#/line/zones", "FLOAT32"), tag("/a#/total", "UINT64"), tag("/a#/time", "TIMESTAMP")],
    {
      basePath: "",
      requests: [],
      timestamp: "/time",
      timeFormat: "iso",
    } as never,
  ).resources[0]!;
  const headers = [
    { "content-type": "application/json" },
    { "content-type": "text/html" },
    {},
    { location: "\u0000".repeat(999) },
  ];
  const count = { good: 0, bad: 0 };
  for (let turn = 0; turn < replies; turn++) {
    const judged = judge(
      {
        kind: "reply",
        status: random() < 0.9 ? 200 : Math.floor(random() * 700),
        headers: headers[random() < 0.9 ? 0 : Math.floor(random() * headers.length)]!,
        body: mutate(Buffer.from(BODY), random),
      },
      { contentType: "json" },
    );
    if (!("document" in judged)) {
      if (judged.reason === "" || judged.reason.length > 500)
        throw new RangeError(`a reason of ${judged.reason.length}`);
      count.bad++;
      continue;
    }
    for (const each of planned.tags) {
      const reading = readTag(judged.document, each, (micros) => micros, 1);
      if (!Number.isSafeInteger(reading.time) || reading.raw.length > 100) throw new RangeError(`time ${reading.time}`);
      if ("value" in reading) count.good++;
      else count.bad++;
    }
  }
  return count;
}
