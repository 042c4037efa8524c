// Uploads begin when a file is chosen, with a preview and progress. The page
// that comes back replaces the cards; what is typed elsewhere stays.
{
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
      request.onerror = () => { input.value = ""; say(form.dataset.broken); };
      request.onload = () => {
        const page = new DOMParser().parseFromString(request.responseText, "text/html");
        const fresh = page.getElementById(card.id);
        if (!fresh) { // an error page: show it as it is
          const failed = page.querySelector(".failed p");
          return say(failed ? failed.textContent : form.dataset.broken);
        }
        card.replaceWith(fresh);
        watch(fresh.querySelector(".upload"));
        document.title = page.title;
      };
      request.send(data);
    });
  };
  for (const form of document.querySelectorAll(".upload")) watch(form);
}
