import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { loadItConfig } from "../../src/config/it-station-config.ts";

const folder = new URL("../../../../config/", import.meta.url).pathname;
const examples = readdirSync(folder).filter((name) => /^it-station.*\.yaml$/.test(name));

test.each(examples)("config/%s is valid", (name) => {
  expect(loadItConfig(`${folder}${name}`).publishers.length).toBeGreaterThan(0);
});

test("there are examples", () => expect(examples).toContain("it-station-mqtt.yaml"));
