// Long lists can be searched: by name in any spelling of accents, by code
// ("SE"), by dialling code ("+46", "0046"). Without a script the list is whole.
{
  const searchable = (select) => {
    const plain = (s) => s.normalize("NFKD").replace(/[\u0300-\u036f\u064b-\u0652\u2066-\u2069]/g, "").toLowerCase();
    const all = [...select.options], box = document.createElement("input"), label = document.createElement("label"), says = document.createElement("p");
    box.id = select.id + "-find";
    box.type = "search";
    box.autocomplete = "off";
    box.spellcheck = false;
    label.htmlFor = box.id;
    label.className = "small";
    label.textContent = select.dataset.find;
    says.className = "small";
    says.setAttribute("role", "status");
    select.before(label, box);
    select.after(says);
    const close = () => {
      const kept = select.value;
      box.value = says.textContent = "";
      select.replaceChildren(...all);
      select.value = kept;
      select.size = 0;
    };
    const find = () => {
      const want = plain(box.value).trim().replace(/^00(?=\d)/, "+");
      if (!want) return close();
      const rank = (o) => {
        const text = plain(o.text);
        if (text.endsWith(" " + want)) return "main" in o.dataset ? 0 : 1; // the whole dialling code
        if (o.value.toLowerCase() === want || text.startsWith(want)) return 2;
        return text.includes(want) ? 3 : 4;
      };
      const hits = all.filter((o) => o.value && rank(o) < 4).sort((a, b) => rank(a) - rank(b));
      says.textContent = hits.length ? "" : select.dataset.none;
      if (!hits.length) return;
      select.replaceChildren(...hits);
      select.size = Math.min(Math.max(hits.length, 2), 6);
      select.value = hits[0].value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    box.addEventListener("input", find);
    box.addEventListener("keydown", (e) => {
      if (e.key === "Enter") e.preventDefault(), close(), select.focus();
      if (e.key === "ArrowDown") e.preventDefault(), select.focus();
    });
    select.addEventListener("click", () => select.size && close());
    select.addEventListener("blur", () => select.size && close());
  };
  const within = (part) => { for (const select of part.querySelectorAll("select[data-find]")) searchable(select); };
  within(document);
  document.addEventListener("fresh", (e) => within(e.target)); // a group that came from the server later
}
