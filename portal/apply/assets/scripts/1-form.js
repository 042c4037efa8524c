// Small comforts of every form. Nothing here is needed.
{
  document.documentElement.classList.add("js");
  const summary = document.getElementById("summary");
  if (summary) summary.focus();
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) return e.preventDefault(); // a second tap
    form.dataset.sent = "1";
    const button = e.submitter || form.querySelector("button");
    if (button) button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) {
      delete form.dataset.sent;
      for (const b of form.querySelectorAll("[aria-busy]")) b.removeAttribute("aria-busy");
    }
  });

  // Show and hide what is typed.
  for (const b of document.querySelectorAll(".reveal")) {
    const input = document.getElementById(b.getAttribute("aria-controls"));
    b.hidden = false;
    b.addEventListener("click", () => {
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      b.textContent = show ? b.dataset.hide : b.dataset.show;
      b.setAttribute("aria-pressed", String(show));
    });
  }

  // Password rules tick off while typing.
  const rules = {
    length: (v, li) => [...v].length >= +li.dataset.min,
    plain: (v) => v.length > 5 && !/^(.)\1*$/.test(v) && !/0123|1234|2345|3456|4567|5678|6789|abcd|qwer|password/i.test(v),
  };
  for (const list of document.querySelectorAll("[data-rules]")) {
    const input = document.getElementById(list.dataset.rules);
    const tick = () => { for (const li of list.children) li.classList.toggle("met", !!li.dataset.rule && rules[li.dataset.rule](input.value, li)); };
    input.addEventListener("input", tick);
    tick();
  }

  // How good the password being typed is: the server knows the lists.
  for (const box of document.querySelectorAll("[data-strength]")) {
    const input = document.getElementById(box.dataset.strength), [bar, line] = box.children;
    let pause;
    input.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(async () => {
        const password = input.value;
        box.hidden = !password;
        if (!password) return;
        const answer = await fetch(box.dataset.href, { method: "POST", body: new URLSearchParams({ password, _csrf: input.form.elements._csrf.value }) });
        if (!answer.ok || input.value !== password) return;
        const { score, text } = await answer.json();
        bar.value = score;
        line.textContent = text;
      }, 300);
    });
  }

  // Fields that depend on another answer of the same page.
  const tie = () => {
    for (const field of document.querySelectorAll("[data-when]")) {
      const other = document.getElementById(field.dataset.when);
      if (!other) continue;
      const said = other.disabled ? "" : other.type === "checkbox" ? String(other.checked) : other.value; // what is not asked says nothing
      const on = field.dataset.in.split(" ").includes(said);
      field.hidden = !on;
      for (const input of field.querySelectorAll("input,select,textarea")) input.disabled = !on;
    }
  };
  document.addEventListener("change", tie);
  tie();

  // The page as the server would show it for what is typed, without passwords.
  const shown = async (form, action) => {
    const data = new FormData(form);
    data.set("_action", action);
    for (const [name] of [...data]) if (form.elements[name] && form.elements[name].type === "password") data.delete(name);
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data) });
    if (!answer.ok) throw 0;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // Another form of a group comes from the server, the rest of the page stays.
  const refresh = async (group, form, action) => {
    const fresh = (await shown(form, action)).getElementById(group.id);
    if (!fresh) throw 0;
    group.replaceWith(fresh);
    tie();
    fresh.dispatchEvent(new Event("fresh", { bubbles: true }));
    return fresh;
  };

  // Fields that apply when something is the same as what was proved before: only
  // the server knows that. Without an answer it asks after the form is sent.
  for (const box of document.querySelectorAll("[data-same]")) {
    const other = document.getElementById(box.dataset.same);
    let asked = 0;
    const ask = async () => {
      const turn = ++asked;
      try {
        const fresh = (await shown(other.form, "refresh")).getElementById(box.id);
        if (turn !== asked || box.hidden === fresh.hidden) return;
        box.hidden = fresh.hidden;
        box.replaceChildren(...fresh.childNodes);
      } catch { /* asked with the form */ }
    };
    let pause;
    other.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(ask, 400); });
    other.addEventListener("change", () => { clearTimeout(pause); ask(); });
  }

  // Another country has another form of address.
  document.addEventListener("change", async (e) => {
    const select = e.target;
    if (!("change" in select.dataset)) return;
    const group = select.closest("fieldset");
    try {
      await refresh(group, select.form, "country");
      document.getElementById(select.id).focus();
    } catch { select.form.requestSubmit(group.querySelector("[value=country]")); }
  });

  // One row more of a list, or one less.
  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-rows]");
    if (!button || button.dataset.plain) return;
    e.preventDefault();
    const group = button.closest(".list"), before = group.querySelectorAll(".row-of-list").length;
    try {
      const fresh = await refresh(group, button.form, button.value), rows = fresh.querySelectorAll(".row-of-list");
      (rows.length > before ? rows[rows.length - 1].querySelector("input,select") : fresh).focus();
    } catch { button.dataset.plain = "1"; button.click(); }
  });

  // A code that is complete is sent.
  const code = document.getElementById("code");
  if (code) {
    code.focus();
    code.addEventListener("input", () => {
      if (code.value.replace(/\D/g, "").length === +code.dataset.digits) code.form.requestSubmit();
    });
  }

  // Countdown to the next code.
  for (const b of document.querySelectorAll("[data-resend]")) {
    const end = Date.now() + Date.parse(b.dataset.resend) - Date.parse(b.dataset.now), label = b.textContent;
    const until = b.parentElement.querySelector(".until");
    if (until) until.hidden = true;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      b.disabled = left > 0;
      b.textContent = left > 0 ? b.dataset.words.replace("%", left.toLocaleString(document.documentElement.lang)) : label;
      if (left > 0) setTimeout(tick, 500);
    };
    tick();
  }

  // Waiting: ask whether something has changed, ever more slowly.
  const wait = document.querySelector("[data-poll]");
  if (wait) {
    let pause = 2000;
    const ask = async () => {
      try {
        const answer = await fetch(wait.dataset.poll, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).state !== wait.dataset.state) return location.reload();
      } catch { /* offline: ask again */ }
      pause = Math.min(pause * 1.3, 30000);
      setTimeout(ask, pause);
    };
    setTimeout(ask, pause);
  }
}
