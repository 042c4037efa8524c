// Passkeys. A form with data-passkey ("create", "get") fetches from data-question
// what its device is to be asked, puts the answer into its field with data-answer and
// is sent like any form. It shows only where the browser has passkeys; what failed is
// said by its element with data-failed. With data-beside it is also offered, by the browser
// itself, among what fills in the field of that id (conditional mediation).
if (window.PublicKeyCredential && navigator.credentials) {
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ids = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

  const ask = async (form, how) => {
    const res = await fetch(form.dataset.question, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
    if (!res.ok) throw new Error(res.status);
    const { publicKey } = await res.json();
    publicKey.challenge = bytes(publicKey.challenge);
    if (form.dataset.passkey === "create") {
      publicKey.user.id = bytes(publicKey.user.id);
      publicKey.excludeCredentials = ids(publicKey.excludeCredentials);
      return navigator.credentials.create({ publicKey });
    }
    publicKey.allowCredentials = ids(publicKey.allowCredentials);
    return navigator.credentials.get({ publicKey, ...how });
  };

  // At most one question waits in a page. This one waits unseen until somebody picks a
  // passkey, and is asked anew before the server takes its answer for late.
  let waiting;
  const offer = async (form) => {
    if (waiting || !PublicKeyCredential.isConditionalMediationAvailable) return;
    const own = (waiting = new AbortController());
    const late = setTimeout(() => own.abort(), 240_000);
    try {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
      const made = await ask(form, { mediation: "conditional", signal: own.signal });
      form.querySelector("[data-answer]").value = answer(made);
      form.setAttribute("aria-busy", "true");
      form.submit();
    } catch {
      // nobody asked for it by name: the form itself says what fails
    } finally {
      clearTimeout(late);
      if (waiting === own) waiting = undefined;
    }
  };

  const answer = (made) => {
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-failed]");
    form.hidden = false;
    const field = document.getElementById(form.dataset.beside);
    field?.addEventListener("focus", () => offer(form));
    if (field && document.activeElement === field) offer(form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.getAttribute("aria-busy") === "true") return;
      form.setAttribute("aria-busy", "true");
      failed.hidden = true;
      waiting?.abort();
      try {
        form.querySelector("[data-answer]").value = answer(await ask(form));
        form.submit(); // not heard by this again
      } catch {
        failed.hidden = false; // refused, given up, or no such passkey: browsers do not say which
        form.removeAttribute("aria-busy");
      }
    });
  }
}
