// Forms: one click is one act, and an expired session loses nothing that was typed.
(() => {
  const dialog = () => document.getElementById("signed-out");

  const show = () => {
    const box = dialog();
    if (box && !box.open) box.showModal();
  };

  const free = (form) => {
    delete form.dataset.sending;
    form.querySelectorAll("[data-was-on]").forEach((button) => {
      button.disabled = false;
      button.removeAttribute("data-was-on");
    });
  };

  // A plain POST form first asks whether the session still stands; the page is left only when it does.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post") || event.defaultPrevented) return;
    if (form.dataset.sending === "go") return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "asking";
    const submitter = event.submitter;
    let alive = true;
    if (document.querySelector(".dr-account")) {
      try {
        const answer = await fetch("/session", { headers: { "HX-Request": "true" }, cache: "no-store" });
        alive = answer.status !== 401;
        const token = alive ? (await answer.json()).csrf : "";
        if (token) form.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
      } catch { alive = true; }
    }
    if (!alive) {
      free(form);
      show();
      return;
    }
    form.dataset.sending = "go";
    form.requestSubmit(submitter || undefined);
    setTimeout(() => {
      form.querySelectorAll("button:not([disabled])").forEach((button) => {
        button.dataset.wasOn = "";
        button.disabled = true;
      });
    }, 0);
  });

  // Coming back with the browser's back button: the form may be used again.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(free));

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content || "";
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) show();
  });

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close]");
    if (close) close.closest("dialog").close();
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(copy.dataset.copy);
      copy.querySelector("[data-copied]")?.removeAttribute("hidden");
    }
    const account = document.querySelector(".dr-account[open]");
    if (account && !account.contains(event.target)) account.open = false;
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); }
    }
    if (event.key === "Escape") document.querySelectorAll(".dr-account[open]").forEach((d) => { d.open = false; });
  });

  // "Add a row" to a list of small forms.
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    if (!add) return;
    const name = add.dataset.addRow;
    const total = document.querySelector(`[name="${name}-TOTAL_FORMS"]`);
    const pattern = document.querySelector(`template[data-row="${name}"]`);
    if (!total || !pattern) return;
    event.preventDefault();
    const index = Number(total.value);
    const shell = document.createElement("template");
    shell.innerHTML = pattern.innerHTML.replaceAll("__prefix__", String(index)).replaceAll("__number__", String(index + 1));
    const row = shell.content.firstElementChild;
    document.querySelector(`[data-rows="${name}"]`).append(row);
    total.value = String(index + 1);
    row.querySelector("input, textarea, select")?.focus();
  });
})();
