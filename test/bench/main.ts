/** `npm run bench [-- SECTION…] [--only CASE] [--json FILE]`: measures, prints a table per section, and writes everything as JSON.
 *  sections → [main] → standard output, file
 *
 *  Nothing here asserts a time: a benchmark says how fast this machine is today, a test says whether the product is right. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { BenchRow, BenchSection } from "./bench-section.ts";
import { describeMachine } from "./machine.ts";
import { tableOf } from "./table.ts";

const SECTIONS = join(import.meta.dirname, "sections");

const known = readdirSync(SECTIONS)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "string" }, list: { type: "boolean" }, only: { type: "string", default: "" } },
  });
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no section ${unknown.join(", ")}; there are ${known.join(", ")}`);
  const sections: BenchSection[] = [];
  for (const name of positionals.length > 0 ? positionals : known) {
    const module = (await import(join(SECTIONS, `${name}.ts`))) as { readonly section: BenchSection };
    sections.push(module.section);
  }
  if (values.list) {
    for (const { name, about } of sections) console.log(`${name.padEnd(10)} ${about}`);
    return;
  }

  const machine = describeMachine();
  const { cpu, cores, memoryGib, kernel, node, loadBefore, tools } = machine;
  console.log(
    `${cores} cores of ${cpu}, ${memoryGib} GiB, Linux ${kernel}, Node ${node}, load ${loadBefore} before the start`,
  );
  console.log(
    Object.entries(tools)
      .map((tool) => tool.join(" "))
      .join(", "),
  );
  const startedAt = new Date().toISOString();
  const results: { section: string; about: string; rows: readonly BenchRow[]; failure?: string }[] = [];
  for (const section of sections) {
    console.log(`\n${section.name}: ${section.about}`);
    const { rows, failure } = await measure(section, values.only.toLowerCase());
    results.push({ section: section.name, about: section.about, rows, ...(failure === undefined ? {} : { failure }) });
    if (rows.length > 0) console.log(tableOf(rows));
    if (failure !== undefined) {
      console.log(`not measured: ${failure}`);
      process.exitCode = 1;
    }
    // After every section: an hour of measurements does not vanish with the last one.
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ startedAt, machine, results }, null, 2)}\n`);
  }
}

async function measure(section: BenchSection, only: string): Promise<{ rows: readonly BenchRow[]; failure?: string }> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-bench-"));
  try {
    return { rows: await section.run({ folder, say: (line) => console.error(`  ${line}`), only }) };
  } catch (error) {
    return { rows: [], failure: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// What sections started is ended by their listeners for "exit".
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
