import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const place = (path: string): string => JSON.stringify(new URL(`../../src/publishers/${path}`, import.meta.url));
const LIBRARIES = ["pg", "mysql2", "mqtt", "@nats-io/jetstream", "hyparquet-writer"];

/** The packages that a program has loaded when it ends. */
function loadedBy(program: string): Set<string> {
  const hooked = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    const packageOf = (url) => /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
    registerHooks({ load: (url, context, next) => (loaded.add(packageOf(url)), next(url, context)) });
    ${program}
    console.log(JSON.stringify([...loaded].filter(Boolean)));
    process.exit();
  `;
  const flags = ["--no-warnings", "--input-type=module", "--eval", hooked];
  return new Set<string>(JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" })));
}

test("neither the publishers thread nor the configuration loads libraries of publishers that are not configured", () => {
  const thread = loadedBy(`
    await import(${place("run-publishers.ts")});
    const { loadPublisherFactory } = await import(${place("registry.ts")});
    await loadPublisherFactory("historian");
  `);
  expect(thread).toContain("better-sqlite3");
  for (const library of [...LIBRARIES, "zod", "yaml", "commander"]) expect(thread).not.toContain(library);

  const configuration = loadedBy(`await import(${place("../config/it-station-config.ts")});`);
  expect(configuration).toContain("zod");
  for (const library of LIBRARIES) expect(configuration).not.toContain(library);
});

test("control: each of them is seen where its publisher is configured", () => {
  const loaded = loadedBy(`
    const { loadPublisherFactory } = await import(${place("registry.ts")});
    for (const type of ["postgresql", "mqtt", "nats", "rest"]) await loadPublisherFactory(type);
  `);
  for (const library of LIBRARIES) expect(loaded).toContain(library);
});
