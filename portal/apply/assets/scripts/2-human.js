// The human test without a person: a proof of work in the background. When it
// cannot be done the picture and the sound of the page without scripts appear.
{
  const solve = async (box) => {
    const answer = await fetch(box.dataset.puzzle, { cache: "no-store" });
    if (!answer.ok) throw new Error("no puzzle");
    const puzzle = await answer.json();
    const worker = new Worker(box.dataset.worker), begun = Date.now();
    const number = await new Promise((resolve, reject) => {
      worker.onmessage = (e) => resolve(e.data);
      worker.onerror = reject;
      worker.postMessage({ salt: puzzle.salt, challenge: puzzle.challenge, maxnumber: puzzle.maxnumber ?? puzzle.maxNumber });
    });
    worker.terminate();
    if (number < 0) throw new Error("no solution");
    const { algorithm, challenge, salt, signature } = puzzle;
    return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature, took: Date.now() - begun }));
  };

  for (const box of document.querySelectorAll("[data-puzzle]")) {
    const value = box.querySelector("input[type=hidden]"), line = box.querySelector(".working");
    const words = line.querySelector("span"), icon = line.querySelector("svg");
    let ready;
    const begin = () => {
      value.value = "";
      line.hidden = false;
      line.classList.remove("ok");
      icon.classList.add("spin");
      words.textContent = box.dataset.doing;
      ready = solve(box).then((v) => {
        value.value = v;
        words.textContent = box.dataset.done;
        line.classList.add("ok");
        icon.classList.remove("spin");
        icon.innerHTML = '<path d="m5 12.500 4.500 4.500L19 7.500"/>';
      }).catch(() => {
        icon.remove();
        words.textContent = box.dataset.failed;
        const spare = box.querySelector("noscript");
        if (spare) {
          const digits = document.createElement("div");
          digits.innerHTML = spare.textContent;
          spare.replaceWith(digits);
        }
      });
    };
    begin();
    addEventListener("pageshow", (e) => { if (e.persisted) begin(); }); // a solution counts once
    // Who is quicker than the work waits for it without noticing.
    const form = value.form;
    form.addEventListener("submit", (e) => {
      if (value.value || !box.querySelector("noscript")) return;
      e.preventDefault();
      e.stopImmediatePropagation();
      const button = e.submitter;
      ready.then(() => form.requestSubmit(button));
    });

    // Is this address free? A live answer, with a puzzle of its own.
    const input = form.querySelector("[data-live]");
    if (!input) continue;
    const told = input.parentElement.querySelector(".live");
    const instead = told.nextElementSibling; // sign in
    let asked = "";
    input.addEventListener("change", async () => {
      const contact = input.value.trim();
      if (contact === asked || !/^\S+@\S+\.\S+$/.test(contact)) return;
      asked = contact;
      told.hidden = instead.hidden = true;
      try {
        const human = await solve(box);
        const answer = await fetch(form.dataset.available, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements._csrf.value },
          body: JSON.stringify({ step: form.dataset.step, contact, human }),
        });
        if (!answer.ok || input.value.trim() !== contact) return;
        const { free, taken, text } = await answer.json();
        told.textContent = text;
        told.classList.toggle("ok", free);
        told.classList.toggle("no", !free);
        told.hidden = false;
        instead.hidden = !taken;
      } catch { /* the form itself will tell */ }
    });
  }
}
