import { expect, test } from "vitest";
import { inProcessPair, messagePortPair, type Port, portOf } from "../../src/index.ts";

type Message = { readonly n: number; readonly buffer?: Uint8Array };

/** Everything here must hold for the real channel and the in-process one alike. */
const channels: readonly (readonly [string, () => [Port<Message, Message>, Port<Message, Message>]])[] = [
  ["in process", () => inProcessPair<Message, Message>()],
  [
    "MessageChannel",
    () => {
      const [a, b] = messagePortPair();
      return [portOf<Message, Message>(a), portOf<Message, Message>(b)];
    },
  ],
];

/** Long enough for anything that was posted to be delivered. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test.each(channels)("%s: delivers later, in order, both ways, a copy", async (_, make) => {
  const [a, b] = make();
  const heard: Message[] = [];
  const back: Message[] = [];
  b.onMessage((message) => {
    heard.push(message);
    b.post({ n: message.n * 10 });
  });
  a.onMessage((message) => back.push(message));
  const sent = { n: 1 };
  a.post(sent);
  sent.n = 99;
  for (let n = 2; n <= 5; n++) a.post({ n });
  expect(heard).toEqual([]);
  await settled();
  expect(heard.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  expect(back.map(({ n }) => n)).toEqual([10, 20, 30, 40, 50]);
  a.close();
});

test.each(channels)("%s: what came before the listener is kept for it", async (_, make) => {
  const [a, b] = make();
  a.post({ n: 1 });
  a.post({ n: 2 });
  await settled();
  const heard: number[] = [];
  b.onMessage(({ n }) => heard.push(n));
  a.post({ n: 3 });
  await settled();
  expect(heard).toEqual([1, 2, 3]);
  a.close();
});

test.each(channels)("%s: a later listener replaces the earlier one", async (_, make) => {
  const [a, b] = make();
  const heard: string[] = [];
  b.onMessage(({ n }) => heard.push(`first ${n}`));
  b.onMessage(({ n }) => heard.push(`second ${n}`));
  a.post({ n: 1 });
  await settled();
  expect(heard).toEqual(["second 1"]);
  a.close();
});

test.each(channels)("%s: transfer moves the buffer", async (_, make) => {
  const [a, b] = make();
  const heard: Message[] = [];
  b.onMessage((message) => heard.push(message));
  const buffer = new Uint8Array([1, 2, 3]);
  a.post({ n: 1, buffer }, [buffer.buffer]);
  expect(buffer.length).toBe(0);
  await settled();
  expect(heard).toEqual([{ n: 1, buffer: new Uint8Array([1, 2, 3]) }]);
  a.close();
});

test.each(channels)("%s: what cannot be cloned throws at the sender", (_, make) => {
  const [a] = make();
  expect(() => a.post({ n: (() => 1) as unknown as number })).toThrow(
    expect.objectContaining({ name: "DataCloneError" }) as Error,
  );
  a.close();
});

test.each(channels)("%s: after close nothing arrives and posting is harmless", async (_, make) => {
  const [a, b] = make();
  const heard: Message[] = [];
  b.onMessage((message) => heard.push(message));
  a.onMessage((message) => heard.push(message));
  b.close();
  await settled();
  a.post({ n: 1 });
  b.post({ n: 2 });
  b.close();
  await settled();
  expect(heard).toEqual([]);
});

test("in process: a simulation decides when messages are delivered", () => {
  const tasks: (() => void)[] = [];
  const [a, b] = inProcessPair<Message, Message>((task) => tasks.push(task));
  const heard: number[] = [];
  b.onMessage(({ n }) => heard.push(n));
  a.post({ n: 1 });
  a.post({ n: 2 });
  expect(tasks).toHaveLength(2);
  tasks.shift()?.();
  expect(heard).toEqual([1]);
  tasks.shift()?.();
  expect(heard).toEqual([1, 2]);
});
