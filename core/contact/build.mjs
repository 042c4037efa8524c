// Writes the domains of throw-away mailboxes, which npm's disposable-email-domains
// lists, as sorted lines that a binary search can go through without unpacking
// them. Run by `make data`; the output is not committed.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const list = (name) =>
  JSON.parse(readFileSync(join(here, "..", "..", "node_modules", "disposable-email-domains", name), "utf8"));

const domains = new Set();
for (const domain of [...list("index.json"), ...list("wildcard.json")]) {
  const name = domain.trim().toLowerCase();
  // What no canonical address of ours can have (IDNA A-labels below a top-level domain).
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)) domains.add(name);
}
if (domains.size < 10_000) throw new Error(`only ${domains.size} domains of throw-away mailboxes`);
const lines = [...domains].sort((a, b) => (a < b ? -1 : 1)); // by bytes: they are ASCII
writeFileSync(join(here, "data", "disposable.txt"), lines.join("\n") + "\n");
console.log(`core/contact/data: ${lines.length} domains of throw-away mailboxes`);
