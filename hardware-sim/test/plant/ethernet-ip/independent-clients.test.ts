/** The simulated controller read by clients that others wrote: ethernet-ip and st-ethernet-ip know nothing of ours. */
import { createRequire } from "node:module";
import { systemClock } from "@nonreturn/station";
import { describe, expect, onTestFinished, test } from "vitest";
import { startPlant } from "../../../src/plant/start-plant.ts";
import { parseScenario } from "../../../src/scenario/scenario.ts";

const load = createRequire(import.meta.url);

/** What both packages have in common; neither declares types. */
interface IndependentTag {
  readonly value: unknown;
  readonly type: string;
}
interface IndependentController {
  readonly properties: { readonly name: string; readonly version: string };
  connect(host: string, slot: number): Promise<void>;
  readTag(tag: IndependentTag, elements?: number): Promise<void>;
  readTagGroup(group: { add(tag: IndependentTag): void }): Promise<void>;
  getControllerTagList(list: unknown): Promise<void>;
  disconnect?(): Promise<void>;
  destroy(): void;
}
interface IndependentClient {
  readonly Controller: new () => IndependentController;
  readonly Tag: new (name: string, program?: string | null) => IndependentTag;
  readonly TagGroup: new () => { add(tag: IndependentTag): void };
  readonly TagList: new () => {
    readonly tags: readonly { readonly name: string; readonly program: string | null }[];
    readonly templates: Readonly<Record<string, { readonly _members: readonly { readonly name: string }[] }>>;
  };
}

const PLANT = `
seed: 3
plant:
  devices:
    - name: line-2
      protocol: ethernet-ip
      listen: HOST:44818
      slot: 2
      types:
        - name: Motor
          members:
            - { name: Speed, type: REAL }
            - { name: Running, type: BOOL }
            - { name: Counts, type: DINT, length: 4 }
      tags:
        - { name: Temperature, type: REAL, signal: { kind: constant, value: 23.5 } }
        - { name: Level, type: INT, scale: 0.1, signal: { kind: constant, value: 12.3 } }
        - { name: Small, type: SINT, signal: { kind: constant, value: -5 } }
        - { name: Ready, type: BOOL, signal: { kind: constant, value: true } }
        - { name: Echo, type: DINT, dimensions: [2000] }
        - { name: Motor, program: Main, type: Motor, dimensions: [3], members: { Speed: { kind: constant, value: 1480.25 } } }
        - { name: Secret, type: DINT, access: none }
`;

/** Both clients know port 44818 only: each plant listens at a loopback address of its own. */
let hosts = 0;
async function plantAt(): Promise<string> {
  const host = `127.${44 + (process.pid % 100)}.${(process.pid >> 7) % 250}.${++hosts}`;
  const { plant: settings } = parseScenario(PLANT.replace("HOST", host), "s.yaml");
  const plant = await startPlant(settings!, { seed: 3, clock: systemClock, folder: "." });
  onTestFinished(() => plant.close());
  return host;
}

describe.each(["ethernet-ip", "st-ethernet-ip"])("%s", (name) => {
  const { Controller, Tag, TagGroup } = load(name) as IndependentClient;

  async function connected(): Promise<IndependentController> {
    const controller = new Controller();
    await controller.connect(await plantAt(), 2);
    onTestFinished(async () => {
      await controller.disconnect?.();
      controller.destroy();
    });
    return controller;
  }

  test("connects, and learns who is there", async () => {
    const { properties } = await connected();
    expect(properties).toMatchObject({ name: "1769-L33ER simulated", version: "33.11", slot: 2 });
  });

  test("reads controller tags, elements, and members of program tags, with their types", async () => {
    const controller = await connected();
    const read = async (tag: string, program: string | null = null) => {
      const wanted = new Tag(tag, program);
      await controller.readTag(wanted);
      return [wanted.value, wanted.type];
    };
    expect(await read("Temperature")).toEqual([23.5, "REAL"]);
    expect(await read("Level")).toEqual([123, "INT"]);
    expect(await read("Small")).toEqual([-5, "SINT"]);
    expect(await read("Ready")).toEqual([true, "BOOL"]);
    expect(await read("Echo[1999]")).toEqual([1999, "DINT"]);
    expect(await read("Motor[1].Speed", "Main")).toEqual([1480.25, "REAL"]);
    expect(await read("Motor[2].Counts[3]", "Main")).toEqual([205, "DINT"]);
  });

  test("reads many tags in Multiple Service Packets", async () => {
    const controller = await connected();
    const group = new TagGroup();
    const tags = Array.from({ length: 60 }, (_, index) => new Tag(`Echo[${index * 3}]`));
    for (const tag of tags) group.add(tag);
    await controller.readTagGroup(group);
    expect(tags.map(({ value }) => value)).toEqual(tags.map((_, index) => index * 3));
  });

  test("is told that a tag does not exist, and that one is hidden", async () => {
    const controller = await connected();
    for (const wanted of ["Nope", "Secret"])
      await expect(controller.readTag(new Tag(wanted))).rejects.toMatchObject({ generalStatusCode: 5 });
  });
});

test("st-ethernet-ip lists tags, programs and structures", async () => {
  const { Controller, TagList } = load("st-ethernet-ip") as IndependentClient;
  const controller = new Controller();
  await controller.connect(await plantAt(), 2);
  const list = new TagList();
  await controller.getControllerTagList(list);
  expect(list.tags.map(({ name, program }) => `${program ?? ""}/${name}`).sort()).toEqual(
    ["/Echo", "/Level", "/Program:Main", "/Ready", "/Small", "/Temperature", "Main/Motor"].sort(),
  );
  const members = Object.values(list.templates).map(({ _members }) => _members.map(({ name }) => name));
  expect(members).toContainEqual(["Speed", "ZZZZZZZZZZMotor1", "Running", "Counts"]);
  await controller.disconnect?.();
  controller.destroy();
});
