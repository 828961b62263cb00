/** The API's description for people: one page without scripts, fonts or images from elsewhere.
 *  endpoints → [page] → browser */
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { API_VERSION } from "./openapi.ts";

/** Nothing is loaded or run: the page is text with a style of its own. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}code{font-family:ui-monospace,monospace}" +
  "h2{margin-top:2rem;border-top:1px solid #ccc;padding-top:1rem}table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}";

export function descriptionPage(): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Nonreturn IT station: API</title><style>${STYLE}</style></head>
<body><h1>Nonreturn IT station: API</h1>
<p>Version ${API_VERSION}. Everything is read with GET; nothing can be written. For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>Each request needs the header <code>Authorization: Bearer TOKEN</code>. Refusals are <code>application/problem+json</code> and say what to write instead.</p>
${ENDPOINTS.map(sectionOf).join("\n")}
</body></html>
`;
}

function sectionOf({ path, scope, summary, description, parameters, required }: Endpoint): string {
  const rows = Object.entries(parameters).map(
    ([name, parameter]) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${escaped(parameter.description)}${required.includes(name) ? " Required." : ""}</td></tr>`,
  );
  const table = rows.length === 0 ? "" : `<table>${rows.join("")}</table>`;
  return `<h2><code>GET ${escaped(path)}</code></h2><p>${escaped(summary)}. ${escaped(description)} Scope: <code>${scope}</code>.</p>${table}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
