// Uploads begin when a file is chosen, with a preview and progress. The page
// that comes back replaces the cards; what is typed elsewhere stays. Who goes on
// meanwhile goes on when the last upload has ended well.
{
  const going = new Set(), next = document.getElementById("form"), held = document.getElementById("held");
  let pressed = null; // the button of the form that waits
  if (held) next.addEventListener("submit", (e) => {
    if (!going.size) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    pressed = e.submitter;
    held.textContent = held.dataset.words;
  });
  const ended = (request, fault) => {
    going.delete(request);
    if (fault) pressed = null;
    if (!held || going.size && pressed) return;
    held.textContent = fault;
    if (!pressed) return;
    const button = pressed;
    pressed = null;
    next.requestSubmit(button);
  };
  const watch = (form) => {
    const input = form.querySelector("[type=file]"), box = form.querySelector(".progress");
    const bar = box.querySelector("progress"), words = box.querySelector("p");
    const card = form.closest(".side");
    const say = (text) => { box.hidden = false; words.textContent = text; };
    input.addEventListener("change", () => {
      const file = input.files[0];
      if (!file) return;
      if (file.size > 10_000_000) { bar.hidden = true; input.value = ""; return say(form.dataset.large); }
      bar.hidden = false;
      if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
        const image = new Image();
        image.alt = "";
        image.src = URL.createObjectURL(file);
        card.querySelector(".picture").replaceChildren(image);
      }
      const data = new FormData(form);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.upload.onprogress = (e) => {
        const percent = Math.floor(e.loaded / e.total * 100);
        bar.value = percent;
        say(percent < 100 ? form.dataset.sending.replace("%", percent) : form.dataset.checking);
      };
      request.onerror = () => { input.value = ""; say(form.dataset.broken); ended(request, form.dataset.broken); };
      request.onload = () => {
        const page = new DOMParser().parseFromString(request.responseText, "text/html");
        const fresh = page.getElementById(card.id);
        if (!fresh) { // an error page: show it as it is
          const failed = page.querySelector(".failed p"), fault = failed ? failed.textContent : form.dataset.broken;
          say(fault);
          return ended(request, fault);
        }
        card.replaceWith(fresh);
        watch(fresh.querySelector(".upload"));
        document.title = page.title;
        ended(request, fresh.classList.contains("wrong") ? fresh.querySelector("[id$=-error]").textContent : "");
      };
      going.add(request);
      request.send(data);
    });
  };
  for (const form of document.querySelectorAll(".upload")) watch(form);
}
